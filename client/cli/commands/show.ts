import { Command } from 'commander';
import type { RemediationStatus } from '../../../plan/steering';
import { ClientError, ClientErrorKind } from '../../errors';
import { type CliContext, examples, handler } from '../cli-context';
import type { CliIo } from '../cli-io';
import { ExitCode, exitCodeOfResult } from '../exit-codes';
import { globalOptions } from '../global-options';
import { colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderStatus } from '../output/status-view';
import { renderFields } from '../output/table';
import { writeLine } from '../output/write';
import { statusLines, statusScreen } from '../print-watch';
import { type Session, withSession } from '../session';

interface ShowOptions {
  watch?: boolean;
  output: string;
}

export function showCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('show')
    .description('Show a remediation: its phase, each step, pending approvals, what was left behind')
    .argument('<id>', 'workflow id, as printed by `run` and `list`')
    .option('-w, --watch', 'keep showing until it has ended; the exit code then tells the outcome')
    .addOption(outputOption())
    .action(
      handler(context, async (id: string, options: ShowOptions, self: Command): Promise<ExitCode> =>
        withSession(globalOptions(self), io, (session) =>
          options.watch ? watch(io, session, id, options) : show(io, session, id, options),
        ),
      ),
    );
  return examples(command, [
    ['kubernaut show remediation/web-oom/1', 'Where does it stand?'],
    ['kubernaut show remediation/web-oom/1 --watch', 'Follow it live until it has ended'],
    ['kubernaut show remediation/web-oom/1 -o json | jq .approvals', 'What is asked, for a script'],
  ]);
}

async function show(io: CliIo, session: Session, id: string, { output }: ShowOptions): Promise<ExitCode> {
  const status = await statusOf(io, session, id);
  const data = { id, webUi: session.link(id), ...status };
  printData(io, output, data, () =>
    renderStatus(status, { id, colors: colorsFor(io), now: Date.now(), link: session.link(id) }),
  );
  return ExitCode.ok;
}

/** Without a worker nobody can be asked; what Temporal itself knows is shown before the error says so. */
async function statusOf(io: CliIo, { remediations, link }: Session, id: string): Promise<RemediationStatus> {
  try {
    return await withProgress(io, `Asking ${id}`, () => remediations.status(id));
  } catch (error) {
    if (!(error instanceof ClientError) || error.kind !== ClientErrorKind.noWorker) throw error;
    const { status, state, outcome, target, startedAt, endedAt } = await remediations.get(id);
    const known = { id, status, state, outcome, target, started: startedAt, ended: endedAt, 'web ui': link(id) };
    writeLine(io.stderr, `${renderFields(Object.entries(known))}\n`);
    throw error;
  }
}

async function watch(io: CliIo, session: Session, id: string, { output }: ShowOptions): Promise<ExitCode> {
  const { remediations } = session;
  const print = output === 'table' ? tablePrinter(io, session, id) : dataPrinter(io, id, output);
  for await (const status of remediations.watch(id, { signal: io.signal })) print(status);
  return exitCodeOfResult(await remediations.result(id, { signal: io.signal }));
}

function tablePrinter(io: CliIo, { link }: Session, id: string): (status: RemediationStatus) => void {
  const target = { id, link: link(id) };
  return io.stdout.isTTY === true ? statusScreen(io, target) : statusLines(io, target);
}

/** One JSON document a line, or YAML documents with `---` between them: both can be read as they come. */
function dataPrinter(io: CliIo, id: string, output: string): (status: RemediationStatus) => void {
  return (status) => {
    if (output === 'json') writeLine(io.stdout, JSON.stringify({ id, ...status }));
    else {
      writeLine(io.stdout, '---');
      printData(io, output, { id, ...status }, () => '');
    }
  };
}
