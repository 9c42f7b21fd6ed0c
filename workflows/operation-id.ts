import { workflowInfo } from '@temporalio/workflow';
import type { RunContext, StepState } from '../plan/core/state';

/** `<workflowId>/<stepId>`, of a step that was tried again with its attempt. */
export function operationIdOf(run: RunContext, id: string, { attempt }: Pick<StepState, 'attempt'> = {}): string {
  // The preview of a sub-plan speaks of the operations of the run that it is the preview of.
  const first = run.sub?.operationId ?? workflowInfo().workflowId;
  return `${first}/${attempt === undefined ? id : `${id}@${attempt}`}`;
}
