import { Command } from 'commander';
import type { Approved, PendingApproval } from '../../../plan/steering';
import { CliError } from '../cli-error';
import { type CliContext, examples, handler } from '../cli-context';
import { type CliIo, isInteractive } from '../cli-io';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { colorsFor } from '../output/colors';
import { renderPreview } from '../output/preview-view';
import { withProgress } from '../output/progress';
import { renderApproval, subjectName } from '../output/status-view';
import { writeLine } from '../output/write';
import { ask } from '../prompt';
import { type Session, withSession } from '../session';
import { addSignOptions, readSignKey, signedRequest, type SignOptions } from './sign';
import { addDecisionOptions, decider, type DecisionOptions, signature } from './decide';

interface ApproveOptions extends DecisionOptions, SignOptions {
  digest?: string;
  all?: boolean;
}

export function approveCommand(context: CliContext): Command {
  const { io } = context;
  const command = addSignOptions(
    addDecisionOptions(
      new Command('approve')
        .description('Approve what a remediation waits for: exactly the digest given, or the one shown and confirmed')
        .argument('<id>', 'workflow id')
        .option('--digest <digest>', 'digest shown in the preview, whole or its first 12 hex digits; without it: asks')
        .option('--step <step>', 'the step whose approval is waited for, if several are')
        .option('--all', 'everything that waits, at once: shows it and asks'),
      io,
    ),
  ).action(
    handler(context, async (id: string, options: ApproveOptions, self: Command): Promise<ExitCode> => {
      if (options.all && (options.digest !== undefined || options.step !== undefined)) {
        throw new CliError(ExitCode.usage, '--all goes with neither --digest nor --step.');
      }
      if (options.digest === undefined) assertInteractive(io, id);
      const key = readSignKey(options, io);
      return withSession(globalOptions(self), io, async (session) => {
        const approved = await chosen(io, session, id, options);
        io.signal.throwIfAborted();
        if (approved === undefined) {
          writeLine(io.stderr, 'Not approved; nothing was sent.');
          return ExitCode.refused;
        }
        const { reason } = options;
        const given = { by: decider(options, io), ...approved, reason };
        const request = key ? await signedRequest(key, { ...given, workflow: id, decision: 'approve' }) : given;
        const answer = await withProgress(io, `Approving ${id}`, () => session.remediations.approve(id, request));
        writeLine(io.stdout, `Approved ${id}: ${answer}`);
        writeLine(io.stderr, signature(options, io));
        return ExitCode.ok;
      });
    }),
  );
  return examples(command, [
    ['kubernaut approve remediation/web-oom/1', 'See the preview, then say y or n (on a terminal)'],
    [
      'kubernaut approve remediation/web-oom/1 --digest ab12cd34ef56 --by alice --reason INC-4711',
      'From a script or chat',
    ],
    ['kubernaut approve remediation/web-oom/1 --all', 'Several steps that wait, in one decision'],
    ['kubernaut approve remediation/web-oom/1 --sign-key ~/.kubernaut/alice.pem', 'Where only signed decisions count'],
  ]);
}

function assertInteractive(io: CliIo, id: string): void {
  if (!isInteractive(io)) {
    throw new CliError(ExitCode.usage, 'approve needs --digest when there is no terminal to ask on.', {
      remedy: `\`kubernaut show ${id}\` shows the digest that is waited for.`,
    });
  }
}

type Chosen = Approved & { also?: Approved[] };

/**
 * What is named by the options; without a digest it shows what is waiting and asks. The digests that were on the screen are
 * those that get approved, whatever happens meanwhile.
 */
async function chosen(
  io: CliIo,
  session: Session,
  id: string,
  { digest, step, all }: ApproveOptions,
): Promise<Chosen | undefined> {
  if (digest !== undefined) return { digest, ...(step !== undefined && { step }) };
  const { remediations } = session;
  const status = await withProgress(io, `Asking ${id}`, () => remediations.status(id));
  const approvals = all ? approvable(status.approvals, id) : [choose(status.approvals, id, step)];
  const colors = colorsFor(io, io.stderr);
  writeLine(io.stderr, renderPreview(await remediations.preview(id), colors));
  for (const one of approvals) writeLine(io.stderr, `\n${renderApproval(one, { id, colors, now: Date.now() })}`);
  const yes = await ask(io, `\nApprove ${approvals.map(({ subject }) => subjectName(subject)).join(', ')}? [y/N] `);
  if (!yes) return undefined;
  const [first, ...also] = approvals.map((one): Approved => {
    return { digest: one.digest, ...(one.subject.kind === 'step' && { step: one.subject.step }) };
  });
  return { ...first!, ...(also.length > 0 && { also }) };
}

function approvable(approvals: readonly PendingApproval[], id: string): readonly PendingApproval[] {
  const waiting = approvals.filter(({ subject }) => subject.kind !== 'decision');
  return waiting.length > 0 ? waiting : [choose(waiting, id)];
}

function choose(approvals: readonly PendingApproval[], id: string, step?: string): PendingApproval {
  const fitting = approvals.filter(
    ({ subject }) => step === undefined || (subject.kind === 'step' && subject.step === step),
  );
  const [first, ...others] = fitting;
  if (first === undefined) {
    const what = step === undefined ? 'nothing' : `no step ${step}`;
    throw new CliError(ExitCode.refused, `${id}: ${what} waits for approval.`, {
      remedy: `\`kubernaut show ${id}\` shows where it stands.`,
    });
  }
  if (others.length > 0) {
    const names = fitting.map(({ subject }) => subjectName(subject)).join(', ');
    throw new CliError(ExitCode.usage, `${id}: several things wait for approval: ${names}.`, {
      remedy: 'Name one with --step.',
    });
  }
  return first;
}
