import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { type LeftBehind, Outcome, type Problem, type RemediationResult, StepStatus } from '../plan/outcome';
import type { RemediationStatus } from '../plan/steering';

/**
 * The result that a failed or cancelled workflow carries in its failure's details. `undefined` when it carries none: the
 * workflow was terminated or timed out from outside, or it never got as far as an outcome.
 */
export function resultOfFailure(cause: unknown): RemediationResult | undefined {
  if (!(cause instanceof ApplicationFailure) && !(cause instanceof CancelledFailure)) return undefined;
  return cause.details?.find(isResult);
}

/**
 * What can still be said when the workflow ended without an outcome of its own. Nobody undid anything then, so every step
 * that may have acted is named as left behind.
 */
export function resultWithoutOutcome(cause: unknown, status: RemediationStatus | undefined): RemediationResult {
  if (status?.result !== undefined) return status.result;
  const { outcome, reason, problem } = explain(cause);
  const own = status?.outcome !== undefined;
  const steps = status?.steps ?? [];
  return {
    outcome: status?.outcome ?? outcome,
    reason: (own ? status.reason : undefined) ?? reason,
    dryRun: false,
    digest: status?.digest,
    steps: steps.map(({ id, action, status: stepStatus, summary }) => ({ id, action, status: stepStatus, summary })),
    undone: steps.filter((step) => step.status === StepStatus.undone).map((step) => step.id),
    left: own ? status.left : [...(status?.left ?? []), ...leftByAccident(status, reason)],
    problems: [...(status?.problems ?? []), ...(own ? [] : [problem])],
  };
}

const mayHaveActed: readonly StepStatus[] = ['executing', 'verifying', 'succeeded', 'failed', 'undoing', 'undo_failed'];

function leftByAccident(status: RemediationStatus | undefined, why: string): LeftBehind[] {
  if (status === undefined) return [{ step: '*', summary: 'It is unknown what was done: no worker answers', why }];
  const named = new Set(status.left.map((left) => left.step));
  return status.steps
    .filter((step) => mayHaveActed.includes(step.status) && !named.has(step.id))
    .map((step) => ({ step: step.id, target: step.target, summary: step.summary ?? step.action, why }));
}

function isResult(value: unknown): value is RemediationResult {
  return typeof value === 'object' && value !== null && 'outcome' in value && 'steps' in value;
}

function explain(cause: unknown): { outcome: Outcome; reason: string; problem: Problem } {
  const byHand = 'Nothing was undone. Check every step’s target by hand.';
  if (cause instanceof TerminatedFailure) {
    const reason = `The workflow was terminated from outside: ${cause.message}`;
    return { outcome: Outcome.failed, reason, problem: { code: 'CANCELLED', message: reason, remedy: byHand } };
  }
  if (cause instanceof TimeoutFailure) {
    const reason = 'The workflow ran into its execution timeout and was stopped by the server';
    return { outcome: Outcome.failed, reason, problem: { code: 'DEADLINE_EXCEEDED', message: reason, remedy: byHand } };
  }
  if (cause instanceof CancelledFailure) {
    const reason = 'The workflow was cancelled';
    return { outcome: Outcome.aborted, reason, problem: { code: 'CANCELLED', message: reason } };
  }
  const reason = cause instanceof Error ? cause.message : 'The workflow failed without a reason';
  const code = cause instanceof ApplicationFailure && cause.type ? cause.type : 'INTERNAL';
  return { outcome: Outcome.failed, reason, problem: { code, message: reason } };
}
