import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { problem, problemOf } from '../plan/core/draft';
import { isErrorCode, KubernautError } from '../plan/errors';
import type { Problem } from '../plan/outcome';

/** What a failed activity means, in words of the catalogue. `what` names it: `drain_node.execute`. */
export function problemOfActivity(error: unknown, what: string): Problem {
  if (isCancellation(error)) return problem('CANCELLED', `${what} was cancelled`);
  // Of the core itself: an expression of an explicit rollback that does not work out.
  if (error instanceof KubernautError) return problemOf(error);
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type ?? '')) {
    const details = cause.details?.[0] as Problem | undefined;
    return details?.message ? details : problem(cause.type as never, cause.message);
  }
  if (cause instanceof TimeoutFailure) return timedOut(cause, what);
  return problem('INTERNAL', `${what}: ${cause instanceof Error ? cause.message : 'failed'}`.slice(0, 500));
}

function timedOut(failure: TimeoutFailure, what: string): Problem {
  if (failure.timeoutType === 'HEARTBEAT') return problem('WORKER_LOST', `${what}: its worker stopped reporting`);
  if (failure.timeoutType === 'SCHEDULE_TO_START')
    return problem('WORKER_LOST', `${what}: no worker took it up in time`);
  return problem('DEADLINE_EXCEEDED', `${what} did not end in time (${failure.timeoutType})`);
}
