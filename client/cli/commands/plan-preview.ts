import { Command } from 'commander';
import { loadCatalogue, lookupIn } from '../catalogue';
import { type CliContext, examples, handler } from '../cli-context';
import type { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { outputOption } from '../output/format';
import { readPlan } from '../plan-file';
import { previewPlan } from '../preview-plan';
import { withSession } from '../session';

export function planPreviewCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('preview')
    .description('Show what a plan would do on the live cluster, without doing it')
    .argument('<file>', 'plan file, YAML or JSON; - reads stdin')
    .option('--id <id>', 'workflow id; the same id and plan again shows the same preview')
    .addOption(outputOption())
    .action(
      handler(
        context,
        async (file: string, options: { id?: string; output: string }, self: Command): Promise<ExitCode> => {
          const actions = await loadCatalogue(globalOptions(self), io);
          const plan = await readPlan(io, file, actions);
          return withSession(
            globalOptions(self),
            io,
            (session) => previewPlan(io, session, plan, options),
            lookupIn(actions),
          );
        },
      ),
    );
  command.addHelpText(
    'after',
    '\nA worker resolves every target, checks params and permissions, and has the API server dry-run each change. Per step:\n' +
      'the target, each field before → after, warnings, risk and undo; then the digest that an approval binds.',
  );
  return examples(command, [
    ['kubernaut plan preview plan.yaml', 'What would happen?'],
    ["kubernaut plan preview plan.yaml -o json | jq '.steps[].diff'", 'The changes only'],
  ]);
}
