import { StepStatus } from '../outcome';
import type { EarlierChange } from '../step-io';
import type { Draft } from './draft';
import type { RunState } from './state';

/**
 * Steps on one object, one after the other: the preview of each is built upon those of the earlier ones, so it waits for
 * theirs. Steps on different objects are previewed side by side all the same.
 */

/** Previews every step whose earlier ones have been previewed by now. */
export function previewNext(draft: Draft): void {
  for (const id of draft.state.order) {
    const { after, status, validation, error } = draft.peek(id);
    if (after === undefined || status !== StepStatus.pending || validation !== undefined || error !== undefined)
      continue;
    if (after.some((earlier) => isOpen(draft, earlier))) continue;
    const step = draft.step(id);
    step.status = StepStatus.validating;
    if (after.every((earlier) => isForeseen(draft, earlier))) {
      draft.command({ type: 'validate', step: id, upon: after });
    } else {
      onlyKnownAfter(draft, id);
      draft.command({ type: 'validate', step: id });
    }
  }
}

/** What the step would do cannot be told before the earlier ones have ended: it is shown, and approved, as such. */
export function onlyKnownAfter(draft: Draft, id: string): void {
  const { after, ...step } = draft.step(id);
  if (after !== undefined) draft.state.steps[id] = { ...step, knownAfter: after };
}

/** It is being previewed, or waits for that. */
function isOpen(draft: Draft, id: string): boolean {
  const { status, validation, error } = draft.peek(id);
  return status === StepStatus.validating || (validation === undefined && error === undefined);
}

function isForeseen(draft: Draft, id: string): boolean {
  const { validation, knownAfter } = draft.peek(id);
  return validation !== undefined && knownAfter.length === 0;
}

/** What the earlier steps would make of the object, in their order. */
export function earlierChanges(state: RunState, upon: readonly string[]): EarlierChange[] {
  return upon.flatMap((step) => {
    const { target, diff = [] } = state.steps[step]?.validation ?? {};
    return target === undefined || diff.length === 0 ? [] : [{ step, target, diff }];
  });
}
