import { Outcome, type RemediationResult } from '../../plan/outcome';

/** What the shell is told. Scripts rely on these: a number once given keeps its meaning. */
export const ExitCode = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  undone: 5,
  notCarriedOut: 6,
  leftBehind: 7,
  refused: 8,
  checksFailed: 9,
  interrupted: 130,
  brokenPipe: 141,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export const exitCodeMeanings: ReadonlyArray<readonly [ExitCode, string]> = [
  [ExitCode.ok, 'Done. With --wait: the remediation succeeded, or there was nothing to do'],
  [ExitCode.unexpected, 'Unexpected error; --debug shows where'],
  [ExitCode.usage, 'Wrong usage, a plan with problems, or settings with problems'],
  [ExitCode.notFound, 'No such remediation, action, namespace or file'],
  [ExitCode.unreachable, 'Temporal or a cluster cannot be reached, or no worker answers'],
  [ExitCode.undone, 'The remediation ended without success; whatever was done has been undone'],
  [ExitCode.notCarriedOut, 'The remediation was not carried out: rejected, expired or blocked'],
  [ExitCode.leftBehind, 'The remediation ended without success and left effects behind: somebody must look'],
  [ExitCode.refused, 'The request was refused: wrong digest, nothing waiting, already ended, id in use'],
  [ExitCode.checksFailed, '`doctor` found something that does not work'],
  [ExitCode.interrupted, 'Interrupted (Ctrl-C); a remediation that was started goes on'],
  [ExitCode.brokenPipe, 'The reader of the output went away (`| head`)'],
];

export function exitCodeOfResult(result: Pick<RemediationResult, 'outcome' | 'left'>): ExitCode {
  switch (result.outcome) {
    case Outcome.succeeded:
    case Outcome.noEffect:
      return ExitCode.ok;
    case Outcome.rejected:
    case Outcome.expired:
    case Outcome.blocked:
      return result.left.length > 0 ? ExitCode.leftBehind : ExitCode.notCarriedOut;
    case Outcome.rolledBack:
    case Outcome.aborted:
      return result.left.length > 0 ? ExitCode.leftBehind : ExitCode.undone;
    default:
      return ExitCode.leftBehind;
  }
}
