import { Command } from 'commander';
import type { PendingApproval } from '../../../plan/steering';
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
}

export function approveCommand(context: CliContext): Command {
  const { io } = context;
  const command = addSignOptions(
    addDecisionOptions(
      new Command('approve')
        .description('Approve what a remediation waits for: exactly the digest given, or the one shown and confirmed')
        .argument('<id>', 'workflow id')
        .option('--digest <digest>', 'digest shown in the preview, whole or its first 12 hex digits; without it: asks')
        .option('--step <step>', 'the step whose approval is waited for, if several are'),
      io,
    ),
  ).action(
    handler(context, async (id: string, options: ApproveOptions, self: Command): Promise<ExitCode> => {
      if (options.digest === undefined) assertInteractive(io, id);
      const key = readSignKey(options, io);
      return withSession(globalOptions(self), io, async (session) => {
        const digest = options.digest ?? (await confirmedDigest(io, session, id, options.step));
        io.signal.throwIfAborted();
        if (digest === undefined) {
          writeLine(io.stderr, 'Not approved; nothing was sent.');
          return ExitCode.refused;
        }
        const { step, reason } = options;
        const given = { by: decider(options, io), digest, step, reason };
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

/** Shows what is waiting and asks; the digest that was on the screen is the one that gets approved, whatever happens meanwhile. */
async function confirmedDigest(io: CliIo, session: Session, id: string, step?: string): Promise<string | undefined> {
  const { remediations } = session;
  const status = await withProgress(io, `Asking ${id}`, () => remediations.status(id));
  const approval = choose(status.approvals, id, step);
  const colors = colorsFor(io, io.stderr);
  writeLine(io.stderr, renderPreview(await remediations.preview(id), colors));
  writeLine(io.stderr, `\n${renderApproval(approval, { id, colors, now: Date.now() })}`);
  const yes = await ask(io, `\nApprove ${subjectName(approval.subject)}? [y/N] `);
  return yes ? approval.digest : undefined;
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
