import { Command } from 'commander';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { renderAudit } from '../output/audit-view';
import { colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { auditExportCommand, auditVerifyCommand } from './audit-export';
import { auditReconcileCommand } from './audit-reconcile';
import { auditSearchCommand } from './audit-search';
import type * as ReadAudit from '../../../activities/audit/reader/read-audit';

/** `kubernaut audit ID`, and what can be done with many audits at once. */
export function auditCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('audit')
    .description('Show all that happened in a remediation, read from its event history')
    .argument('<id>', 'workflow id')
    .addOption(outputOption(['table', 'json', 'ndjson', 'yaml']))
    .action(
      handler(context, async (id: string, { output }: { output: string }, self: Command) => {
        const records = await withSession(globalOptions(self), io, async ({ client, remediations }) => {
          const { readAudit } = require('../../../activities/audit/reader/read-audit') as typeof ReadAudit;
          await remediations.get(id);
          return withProgress(io, `Reading the history of ${id}`, () => readAudit(client, id));
        });
        if (output === 'ndjson') for (const record of records) writeLine(io.stdout, JSON.stringify(record));
        else printData(io, output, records, () => renderAudit(records, colorsFor(io)));
      }),
    );
  command.addHelpText(
    'after',
    '\nThe event history is written by Temporal, not by the workflow about itself: who started it, every activity with its\n' +
      'attempts, every decision with the name given and the identity of the client, timers, and the outcome.',
  );
  for (const make of [auditSearchCommand, auditExportCommand, auditVerifyCommand, auditReconcileCommand])
    command.addCommand(make(context));
  return examples(command, [
    ['kubernaut audit remediation/web-oom/1', 'Who did what, when'],
    [`kubernaut audit remediation/web-oom/1 -o ndjson | jq 'select(.kind == "steering")'`, 'Decisions only'],
  ]);
}
