import { resolve } from 'node:path';
import { Command } from 'commander';
import type * as ReconcileLog from '../../audit/reconcile/reconcile-log';
import { loadCatalogue } from '../catalogue';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderReconciled } from '../output/reconcile-view';
import { withSession } from '../session';
import { documentOutputOf } from './audit-output';

interface ReconcileCommandOptions {
  log: string;
  user: string[];
  cluster: string[];
}

/** `kubernaut audit reconcile`. */
export function auditReconcileCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('reconcile')
    .description('Hold the API server’s audit log against the histories: every change explained, every effect found')
    .requiredOption('--log <file>', 'audit log of the API server (JSON); files it was rotated into are found beside it')
    .option(
      '--user <name>',
      'as whom Kubernaut acts; may be repeated. Else whoever calls itself Kubernaut',
      collect,
      [],
    )
    .option('--cluster <name>', 'as plans call that cluster; may be repeated. Else effects in all of them', collect, [])
    .action(
      handler(context, async ({ log, user, cluster }: ReconcileCommandOptions, self: Command) => {
        const registry = await loadCatalogue(globalOptions(self), io);
        const report = await withSession(globalOptions(self), io, ({ client }) => {
          const { reconcileLog } = require('../../audit/reconcile/reconcile-log') as typeof ReconcileLog;
          return withProgress(io, 'Reading the audit log and the histories of its time', (say) =>
            reconcileLog({
              ...{ log: resolve(io.cwd, log), clients: [client], registry, users: user, clusters: cluster },
              onRun: (runs) => say(`Reading histories: ${runs}`),
            }),
          );
        });
        printData(io, documentOutputOf(self), report, () => renderReconciled(report));
        return report.whole ? ExitCode.ok : ExitCode.checksFailed;
      }),
    );
  return examples(command, [
    [
      'kubernaut audit reconcile --log audit.log --user system:serviceaccount:kubernaut:worker',
      'Did anybody use our account for what no history tells?',
    ],
  ]);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
