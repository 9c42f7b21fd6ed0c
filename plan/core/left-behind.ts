import { StepStatus } from '../outcome';
import type { Draft } from './draft';
import type { StepState } from './state';

/** Names an effect that stays, or may have stayed, although it was not meant to. */
export function leave(draft: Draft, id: string, why: string, attempt?: number): void {
  const step = draft.peek(id);
  const what = step.effect?.summary ?? step.validation?.summary ?? draft.spec(id).action;
  draft.state.left.push({
    step: id,
    ...(attempt !== undefined && { attempt }),
    ...(step.validation?.target && { target: step.validation.target }),
    summary: step.acted === 'unknown' ? `${what} (it is not known whether this was done)` : what,
    why,
  });
}

/** Of the chosen steps, names every effect that nothing brings back: irreversible actions, and irreversible parts of others. */
export function nameLeftBehind(draft: Draft, chosen: (step: StepState) => boolean): void {
  for (const id of draft.state.order) {
    const step = draft.peek(id);
    if (step.acted === 'no' || draft.meta(id).readOnly || !chosen(step)) continue;
    const named = draft.state.left.some((left) => left.step === id && left.attempt === undefined);
    const target = step.validation?.target;
    for (const summary of step.effect?.irreversible ?? step.beyondUndo ?? []) {
      draft.state.left.push({ step: id, ...(target && { target }), summary, why: 'this cannot be undone' });
    }
    if (named || step.status === StepStatus.undone) continue;
    leave(draft, id, whyLeft(draft, id, step));
  }
}

function whyLeft(draft: Draft, id: string, step: StepState): string {
  if (draft.spec(id).rollback.mode === 'none') return 'the plan says not to undo it';
  if (draft.meta(id).reversibility === 'irreversible') return 'this cannot be undone';
  return `the step ${step.status}, and the plan goes on after such a failure`;
}
