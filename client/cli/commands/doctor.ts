import { Command } from 'commander';
import { type CliContext, examples, handler } from '../cli-context';
import { renderChecks } from '../doctor/render-checks';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import type * as CheckAll from '../doctor/check-all';

export function doctorCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('doctor')
    .description('Check that everything Kubernaut needs is there and works')
    .addOption(outputOption())
    .action(
      handler(context, async ({ output }: { output: string }, self: Command): Promise<ExitCode> => {
        // Loaded only here: the Kubernetes client takes half a second.
        const { checkAll } = require('../doctor/check-all') as typeof CheckAll;
        const results = await withProgress(io, 'Checking', () => checkAll(globalOptions(self), io));
        printData(io, output, results, () => renderChecks(results, colorsFor(io)));
        return results.some(({ state }) => state === 'failed') ? ExitCode.checksFailed : ExitCode.ok;
      }),
    );
  command.addHelpText(
    'after',
    '\nPermissions are those of whoever runs this command, as the API server itself answers (SelfSubjectAccessReview): run it\n' +
      'with the worker’s kubeconfig, or in its pod, to see what the worker lacks.',
  );
  return examples(command, [
    ['kubernaut doctor', 'Before the first run, and whenever something does not move'],
    [
      'kubernaut doctor -o json | jq \'.[] | select(.state == "failed")\'',
      'For monitoring; exit code 9 when something fails',
    ],
  ]);
}
