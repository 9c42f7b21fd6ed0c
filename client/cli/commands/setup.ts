import { Command, InvalidArgumentError } from 'commander';
import { type CliContext, examples, handler } from '../cli-context';
import type * as Connect from '../connect';
import { renderChecks } from '../doctor/render-checks';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { findPlace } from '../session';
import type * as SetUpNamespace from '../setup/set-up-namespace';

interface SetupOptions {
  retention?: number;
  check?: boolean;
  output: string;
}

/** `kubernaut setup`. */
export function setupCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('setup')
    .description('Make the Temporal namespace that Kubernaut works in: retention and search attributes')
    .option(
      '--retention <days>',
      'how long ended remediations, and with them their audit, are kept (default: as it is, 30 for a new namespace)',
      days,
    )
    .option('--check', 'change nothing, only say what is missing; exit code 9 when something is')
    .addOption(outputOption())
    .action(
      handler(context, async ({ retention, check = false, output }: SetupOptions, self: Command): Promise<ExitCode> => {
        const { target } = findPlace(globalOptions(self), io);
        const { connect } = require('../connect') as typeof Connect;
        const { setUpNamespace } = require('../setup/set-up-namespace') as typeof SetUpNamespace;
        const { namespace } = target;
        const results = await withProgress(io, `Setting up ${namespace} at ${target.address}`, async () => {
          const connection = await connect(target);
          try {
            return await setUpNamespace(connection, { namespace, check, retentionDays: retention });
          } finally {
            await connection.close();
          }
        });
        printData(io, output, results, () => renderChecks(results, colorsFor(io)));
        return results.some(({ state }) => state !== 'ok') ? ExitCode.checksFailed : ExitCode.ok;
      }),
    );
  command.addHelpText(
    'after',
    '\nWhat is there already is left as it is, so it can be run before every start. It needs the rights of an administrator of\n' +
      'Temporal; workers and the bridge then need none of them. A shorter retention counts for what ends from then on.',
  );
  return examples(command, [
    ['kubernaut setup --namespace remediation --retention 90', 'Once, before the first worker'],
    ['kubernaut setup --check', 'In a pipeline: is everything there?'],
  ]);
}

/** Ten years: beyond that somebody has mistyped. Keeping histories longer is what `audit.sinks` are for. */
const MOST_DAYS = 3_650;

function days(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > MOST_DAYS) {
    throw new InvalidArgumentError(`Whole days, 1 to ${MOST_DAYS}.`);
  }
  return value;
}
