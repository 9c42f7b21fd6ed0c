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
  [ExitCode.ok, 'Done. With --wait and --watch: the remediation succeeded, or there was nothing to do'],
  [ExitCode.unexpected, 'Unexpected error; --debug shows where'],
  [ExitCode.usage, 'Wrong usage, a plan with problems, or settings with problems'],
  [ExitCode.notFound, 'No such remediation, action, namespace or file'],
  [ExitCode.unreachable, 'Temporal or a cluster cannot be reached, or no worker answers'],
  [ExitCode.undone, 'The remediation ended without success; nothing it did is left behind'],
  [
    ExitCode.notCarriedOut,
    'The remediation was not carried out: rejected, expired or blocked; or a preview shows that it cannot be',
  ],
  [ExitCode.leftBehind, 'The remediation ended without success and left effects behind: somebody must look'],
  [ExitCode.refused, 'The request was refused: wrong digest, nothing waiting, already ended, id in use'],
  [ExitCode.checksFailed, '`doctor`, `setup` or `conformance` found something that does not work'],
  [ExitCode.interrupted, 'Interrupted (Ctrl-C); a remediation that was started goes on'],
  [ExitCode.brokenPipe, 'The reader of the output went away (`| head`)'],
];

/** A preview changes nothing: when it fails, the plan would not be carried out as it stands. */
export function exitCodeOfResult(result: Pick<RemediationResult, 'outcome' | 'left' | 'dryRun'>): ExitCode {
  const { outcome, left, dryRun } = result;
  if (outcome === Outcome.succeeded || outcome === Outcome.noEffect) return ExitCode.ok;
  if (left.length > 0 || outcome === Outcome.rollbackFailed) return ExitCode.leftBehind;
  const neverBegan: readonly Outcome[] = [Outcome.rejected, Outcome.expired, Outcome.blocked];
  return dryRun || neverBegan.includes(outcome) ? ExitCode.notCarriedOut : ExitCode.undone;
}
