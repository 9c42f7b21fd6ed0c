import { Command } from 'commander';
import { stopScopeText } from '../../../plan/stop/stop-order';
import { type EngagedSwitch, KillSwitch, unknownClusterWarning } from '../../kill-switch';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { relativeTime } from '../output/age';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderTable } from '../output/table';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { CliError } from '../cli-error';
import { addDecisionOptions, decider, type DecisionOptions, signature } from './decide';

interface StopOptions extends DecisionOptions {
  cluster?: string;
}

/** The kill switch: `stop` engages it, `stop release` ends it, `stop status` tells. */
export function stopCommand(context: CliContext): Command {
  const { io } = context;
  const command = addDecisionOptions(new Command('stop'), io)
    .description('The kill switch: no new step that changes anything, anywhere or in one cluster; undo still works')
    .option('--cluster <name>', 'only in this cluster')
    .action(
      handler(context, async ({ cluster, ...options }: StopOptions, self: Command) => {
        const { reason } = options;
        if (reason === undefined || reason.trim() === '') {
          throw new CliError(ExitCode.usage, 'Say why: --reason "…"; others will be stopped by it.');
        }
        await withSession(globalOptions(self), io, async ({ client, settings }) => {
          const engaged = await withProgress(io, 'Engaging the kill switch', () =>
            new KillSwitch(client).engage(cluster, { by: decider(options, io), reason }),
          );
          writeLine(io.stdout, `${engaged.already ? 'Already engaged' : 'Engaged'}: ${line(engaged)}`);
          const known = settings.clusters.map(({ name }) => name);
          const warning = cluster === undefined ? undefined : unknownClusterWarning(cluster, known);
          if (warning !== undefined) writeLine(io.stderr, warning);
          writeLine(io.stderr, signature(options, io));
        });
      }),
    );
  command.addCommand(releaseCommand(context));
  command.addCommand(statusCommand(context));
  return examples(command, [
    ['kubernaut stop --reason "wrong alerts since 14:00"', 'Everywhere; what is under way goes on, nothing new begins'],
    ['kubernaut stop --cluster prod --reason INC-4711', 'In one cluster'],
    ['kubernaut stop status', 'Is anything stopped, by whom?'],
    ['kubernaut stop release', 'Stopped plans go on'],
  ]);
}

function releaseCommand(context: CliContext): Command {
  const { io } = context;
  const command = addDecisionOptions(new Command('release'), io)
    .description('Release the kill switch: stopped remediations go on')
    .option('--cluster <name>', 'that of this cluster')
    .action(
      handler(context, async (_: unknown, self: Command) => {
        // `--cluster` and the others are known to `stop` too, which takes them wherever they stand.
        const { cluster, ...options } = self.optsWithGlobals<StopOptions>();
        const { reason } = options;
        await withSession(globalOptions(self), io, async ({ client }) => {
          const { scope, pending } = await withProgress(io, 'Releasing the kill switch', () =>
            new KillSwitch(client).release(cluster, { by: decider(options, io), ...(reason && { reason }) }),
          );
          writeLine(io.stdout, `Released: ${stopScopeText(scope)}`);
          if (pending) writeLine(io.stderr, 'No worker has taken it up yet; steps stay stopped until one does.');
          writeLine(io.stderr, signature(options, io));
        });
      }),
    );
  return examples(command, [
    ['kubernaut stop release --cluster prod --reason "alerts are right again"', 'Of one cluster'],
  ]);
}

function statusCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('status')
    .description('Show which kill switches are engaged, by whom and why')
    .addOption(outputOption())
    .action(
      handler(context, async ({ output }: { output: string }, self: Command) => {
        const engaged = await withSession(globalOptions(self), io, ({ client, settings }) =>
          withProgress(io, 'Asking for the kill switch', () =>
            new KillSwitch(client).status(settings.clusters.map(({ name }) => name)),
          ),
        );
        printData(io, output, engaged, () => render(engaged));
      }),
    );
  return examples(command, [['kubernaut stop status -o json', 'For a script: an empty list when nothing is stopped']]);
}

function render(engaged: readonly EngagedSwitch[]): string {
  if (engaged.length === 0) return 'Nothing is stopped.';
  return renderTable(
    ['STOPPED', 'BY', 'SINCE', 'REASON'],
    engaged.map(({ scope, by, since, reason }) => [stopScopeText(scope), by, relativeTime(since, Date.now()), reason]),
  );
}

function line({ scope, by, since, reason }: EngagedSwitch): string {
  return `${stopScopeText(scope)}, by ${by} since ${since}: ${reason}`;
}
