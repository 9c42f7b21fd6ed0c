import { ApplicationFailure, CancelledFailure } from '@temporalio/workflow';
import { Outcome, type RemediationResult } from '../plan/outcome';

/** A payload beyond 2 MB would terminate the run; the data of each step stays in the history of its activity. */
const MAX_RESULT_CHARS = 256 * 1024;

/**
 * Ends the workflow so that the list of workflows tells the truth: only `succeeded` and `no_effect` are Completed; a run
 * that was cancelled is Canceled; every other outcome is Failed with the outcome as the failure's type and the result as
 * its details.
 */
export function conclude(result: RemediationResult, cancelled: boolean): RemediationResult {
  const whole = bounded(result);
  if (cancelled) throw new CancelledFailure(result.reason, [whole]);
  if (result.outcome === Outcome.succeeded || result.outcome === Outcome.noEffect) return whole;
  throw ApplicationFailure.create({
    type: result.outcome,
    message: `${result.outcome}: ${result.reason}`,
    nonRetryable: true,
    details: [whole],
  });
}

/** The result small enough to travel as one payload. */
export function bounded(result: RemediationResult): RemediationResult {
  if (JSON.stringify(result).length <= MAX_RESULT_CHARS) return result;
  return {
    ...result,
    steps: result.steps.map(({ effect, evidence, checks, ...step }) => ({
      ...step,
      ...(effect && { effect: { ...effect, data: {} } }),
      ...(evidence && { evidence: { ...evidence, data: {} } }),
      ...(checks && {
        checks: checks.map((check) => ({ ...check, evidence: { ...check.evidence, data: {} } })),
      }),
    })),
  };
}
