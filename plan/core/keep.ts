import { RunPhase } from '../steering';
import { durationMs } from '../duration';
import { StepStatus } from '../outcome';
import type { Draft } from './draft';

/** Effects that are meant for some time: they stay at least so long after they were verified, and the plan with them. */

/** Notes until when the step's effect is to stay. Called when it has been verified. */
export function noteKeep(draft: Draft, id: string): void {
  const { temporary } = draft.spec(id);
  const step = draft.step(id);
  if (typeof temporary === 'object' && step.acted !== 'no') step.keepUntil = draft.at + durationMs(temporary.for);
}

/** true: the effect of the step, whose undo would be next, has to stay for longer; the run waits for `state.keepUntil`. */
export function keep(draft: Draft, id: string): boolean {
  const { keepUntil } = draft.peek(id);
  const { state } = draft;
  state.keepUntil = undefined;
  if (keepUntil === undefined || keepUntil <= draft.at) return false;
  if (state.phase !== RunPhase.keeping) {
    draft.fact('keeping', `the effect stays until ${new Date(keepUntil).toISOString()}`, { step: id });
  }
  state.phase = RunPhase.keeping;
  state.keepUntil = keepUntil;
  return true;
}

/** The time that the run has waited for is over; timers know it better than a comparison of clocks. */
export function kept(draft: Draft): void {
  const { keepUntil = 0 } = draft.state;
  for (const id of draft.state.order) {
    if ((draft.peek(id).keepUntil ?? Infinity) <= keepUntil) draft.step(id).keepUntil = undefined;
  }
}

/** Nothing is kept any longer; `why` is for the audit. false: nothing was. */
export function release(draft: Draft, why: string, by?: string): boolean {
  const { state } = draft;
  if (state.conclusion === undefined) return false;
  const waiting = state.order.filter((id) => {
    const { keepUntil = 0, status } = draft.peek(id);
    return keepUntil > draft.at && status === StepStatus.succeeded;
  });
  for (const id of waiting) draft.step(id).keepUntil = undefined;
  if (waiting.length > 0) draft.fact('released', `${why}: temporary effects are taken back now`, by ? { by } : {});
  return waiting.length > 0;
}
