import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type * as ReadAudit from '../../../activities/audit/reader/read-audit';
import { reportOf } from '../../report/report-model';
import { reportPage } from '../../report/report-page';
import { type CliContext, examples, handler } from '../cli-context';
import { CliError } from '../cli-error';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { withProgress } from '../output/progress';
import { writeLine } from '../output/write';
import { withSession } from '../session';

/** `kubernaut report ID --html FILE`. */
export function reportCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('report')
    .description('Write what happened in a remediation as one HTML page for people')
    .argument('<id>', 'workflow id')
    .requiredOption('--html <file>', 'where to write the page; - is stdout')
    .action(
      handler(context, async (id: string, { html }: { html: string }, self: Command) => {
        const page = await withSession(globalOptions(self), io, async ({ client, remediations, link }) => {
          const { readAudit } = require('../../../activities/audit/reader/read-audit') as typeof ReadAudit;
          await remediations.get(id);
          const records = await withProgress(io, `Reading the history of ${id}`, () => readAudit(client, id));
          return reportPage(reportOf(records, { id, link: link(id), now: Date.now() }));
        });
        if (html === '-') writeLine(io.stdout, page);
        else {
          writePage(resolve(io.cwd, html), page);
          writeLine(io.stdout, `Wrote ${html}`);
        }
      }),
    );
  command.addHelpText(
    'after',
    '\nOutcome and reason, what was left behind, a timeline, every step with its changes and evidence, decisions, policies and\n' +
      'guards. The page loads nothing from anywhere: send it, print it, keep it.',
  );
  return examples(command, [['kubernaut report remediation/web-oom/1 --html web-oom.html', 'For the postmortem']]);
}

function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw new CliError(ExitCode.usage, `${file} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
