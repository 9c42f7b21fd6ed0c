import { StepStatus } from '../outcome';
import type { Draft } from './draft';
import { leave } from './left-behind';
import type { StepState } from './state';

/** The step as if it had never been tried, but for what no undo brings back. */
export function again(draft: Draft, id: string): void {
  const { retrying, knownAfter, parent, item, target, approved, override, attempt = 1, ...before } = draft.step(id);
  // What a person was yet to approve when the attempt failed waits for that approval still.
  const { changedBy, askAgain } = draft.run.revision >= 4 ? before : ({} as Partial<StepState>);
  const remains = before.effect?.irreversible ?? before.beyondUndo ?? [];
  for (const summary of remains) {
    draft.state.left.push({ step: id, attempt, ...(target && { target }), summary, why: 'this cannot be undone' });
  }
  if (before.status !== StepStatus.undoing && before.acted !== 'no' && remains.length === 0) {
    leave(draft, id, 'an earlier attempt did this, and it cannot be undone', attempt);
  }
  const params = retrying?.params ?? before.params;
  // The digest of a step whose params were templates once tells only what a person has put in their place.
  const replaced =
    retrying?.params && draft.run.revision >= 4 ? { by: retrying.by, params: retrying.params } : override;
  const fresh: StepState = {
    status: StepStatus.pending,
    acted: 'no',
    attempt: attempt + 1,
    knownAfter,
    ...(parent !== undefined && { parent }),
    ...(item !== undefined && { item }),
    ...(params && { params }),
    ...(replaced && { override: replaced }),
    ...(target && { target }),
    // What was approved before holds for the same params only.
    ...(retrying?.params ? { changedBy: retrying.by } : approved !== undefined && { approved }),
    ...(!retrying?.params && changedBy !== undefined && { changedBy }),
    ...(askAgain !== undefined && { askAgain }),
  };
  draft.state.steps[id] = fresh;
}
