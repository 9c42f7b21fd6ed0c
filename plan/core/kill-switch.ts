import { StepStatus, type Problem } from '../outcome';
import type { StopOrder } from '../stop/stop-order';
import { problemLine, type Draft } from './draft';
import { STALE_AFTER_APPROVAL_MS } from './limits';
import type { StepState } from './state';

/**
 * The kill switch kept an execute from beginning: no failure, the step waits for its turn again and the run is held until the
 * switch is released. Between two attempts (`STOPPED_HALFWAY`) the step may have acted: it keeps its undo record, and goes on
 * later with the same before-image, as another attempt would have.
 */
export function stepStopped(draft: Draft, id: string, failure: Problem, order: StopOrder): void {
  const { state } = draft;
  const step = draft.step(id);
  if (failure.code === 'STOPPED' && !step.halfway) {
    step.acted = 'no';
  } else {
    step.halfway = true;
    step.executed = ++state.executions;
  }
  step.deadline = undefined;
  step.status = state.stop === undefined ? StepStatus.pending : StepStatus.cancelled;
  draft.fact('stopped', problemLine(failure), { step: id, by: order.by });
  if (state.stop !== undefined || state.hold !== undefined) return;
  const since = new Date(draft.at).toISOString();
  state.hold = { kind: 'stopped', by: order.by, since, reason: order.reason, stop: order.id };
}

/** Steps start again; should another switch be engaged, the first of them says so. */
export function stopReleased(draft: Draft, id: string): void {
  const { hold } = draft.state;
  if (hold?.kind !== 'stopped' || hold.stop !== id) return;
  draft.state.hold = undefined;
  draft.fact('stop_released', `${id}: steps start again`);
  if (draft.at - Date.parse(hold.since) > STALE_AFTER_APPROVAL_MS) distrustAll(draft);
}

/** A step that may have acted when the switch came; it is not previewed anew, or its before-image would be lost. */
export function isHalfway({ status, halfway }: Pick<StepState, 'status' | 'halfway'>): boolean {
  return status === StepStatus.pending && halfway === true;
}

/** Nothing that was seen before can be trusted: each step is previewed again before it runs. */
export function distrustAll(draft: Draft): void {
  for (const id of draft.state.order) draft.step(id).validatedAt = undefined;
}
