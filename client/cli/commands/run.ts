import { Command } from 'commander';
import type { RemediationPlan } from '../../../plan/model';
import type { Started } from '../../start-remediation';
import { loadCatalogue, lookupIn } from '../catalogue';
import { type CliContext, examples, handler } from '../cli-context';
import type { CliIo } from '../cli-io';
import { ExitCode, exitCodeOfResult } from '../exit-codes';
import { globalOptions } from '../global-options';
import { colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderResult } from '../output/result-view';
import { renderFields } from '../output/table';
import { writeLine } from '../output/write';
import { readPlan } from '../plan-file';
import { previewPlan } from '../preview-plan';
import { statusLines, statusScreen } from '../print-watch';
import { type Session, withSession } from '../session';

interface RunOptions {
  wait?: boolean;
  dryRun?: boolean;
  id?: string;
  output: string;
}

export function runCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('run')
    .description('Start a remediation from a plan')
    .argument('<file>', 'plan file, YAML or JSON; - reads stdin')
    .option('--wait', 'wait for the end, showing progress; the exit code then tells the outcome')
    .option('--dry-run', 'only show what would happen (as `plan preview`)')
    .option(
      '--id <id>',
      'workflow id; given again with the same plan, attaches to that run instead of starting another',
    )
    .addOption(outputOption())
    .action(
      handler(context, async (file: string, options: RunOptions, self: Command): Promise<ExitCode> => {
        const actions = await loadCatalogue(globalOptions(self), io);
        const plan = await readPlan(io, file, actions);
        return withSession(
          globalOptions(self),
          io,
          (session) => (options.dryRun ? previewPlan(io, session, plan, options) : run(io, session, plan, options)),
          lookupIn(actions),
        );
      }),
    );
  return examples(command, [
    ['kubernaut run plan.yaml', 'Start; prints the id, the Web UI link and how to approve'],
    ['kubernaut run plan.yaml --wait', 'Start and follow it; exit code 0 only when it succeeded'],
    ['kubernaut run plan.yaml --id remediation/inc-4711 --wait', 'Safe to run twice: starts once'],
  ]);
}

async function run(io: CliIo, session: Session, plan: RemediationPlan, options: RunOptions): Promise<ExitCode> {
  const { remediations } = session;
  const started = await withProgress(io, `Starting ${plan.metadata.name}`, () =>
    remediations.start(plan, { id: options.id }),
  );
  const data = { ...started, webUi: session.link(started.id) };
  if (!options.wait) {
    printData(io, options.output, data, () => startedText(started, plan, data.webUi));
    if (options.output === 'table') writeLine(io.stderr, `\n${nextSteps(started.id, plan)}`);
    return ExitCode.ok;
  }
  writeLine(io.stderr, startedText(started, plan, data.webUi));
  await follow(io, session, started.id);
  const result = await remediations.result(started.id, { signal: io.signal });
  printData(io, options.output, { ...data, result }, () => renderResult(result, colorsFor(io)));
  return exitCodeOfResult(result);
}

/** Progress is for people and goes to stderr; stdout has the result alone. */
async function follow(io: CliIo, { remediations, link }: Session, id: string): Promise<void> {
  const target = { id, link: link(id) };
  const print =
    io.stderr.isTTY === true ? statusScreen({ ...io, stdout: io.stderr }, target) : statusLines(io, target, io.stderr);
  try {
    for await (const status of remediations.watch(id, { signal: io.signal })) print(status);
  } catch (error) {
    if (io.signal.aborted) writeLine(io.stderr, `\n${id} goes on. Follow it with \`kubernaut show ${id} --watch\`.`);
    throw error;
  }
}

function startedText({ id, attached }: Started, plan: RemediationPlan, link: string | undefined): string {
  const count = plan.spec.steps.length;
  return [
    attached ? `Attached to ${id}, which was started before.` : `Started ${id}`,
    renderFields([
      ['  plan', `${plan.metadata.name} on cluster ${plan.spec.cluster}, ${count === 1 ? '1 step' : `${count} steps`}`],
      ['  web ui', link],
    ]),
  ].join('\n');
}

function nextSteps(id: string, plan: RemediationPlan): string {
  const asks = plan.spec.approval.required || plan.spec.steps.some((step) => step.approval.required);
  return [
    `Follow it:   kubernaut show ${id} --watch`,
    asks
      ? `Approve it:  kubernaut approve ${id}   (this plan asks for it, once the preview is ready)`
      : `If it asks:  kubernaut approve ${id}   (when a policy or a changed effect calls for a person)`,
    `Stop it:     kubernaut abort ${id}`,
  ].join('\n');
}
