import { StepStatus } from '../outcome';
import { RunPhase, type Grant } from '../steering';
import type { Draft } from './draft';
import { hasEnded } from './for-each';
import { isHalfway } from './kill-switch';
import { yieldGuards } from './release';

/** An approval does not hold any more, and nothing has begun on it: it is asked for again, of what would be done now. */
export function askAgain(draft: Draft, { subject }: Pick<Grant, 'subject'>, why: string): void {
  if (subject.kind === 'plan') return previewAgain(draft, why);
  const step = draft.step(subject.step);
  step.approved = undefined;
  step.askAgain = why;
  step.validatedAt = undefined;
  draft.state.granted = draft.state.granted?.filter(
    (one) => one.subject.kind !== 'step' || one.subject.step !== subject.step,
  );
}

/**
 * Back to before the approval of the plan: everything is previewed, put to the policies and asked about once more, and
 * whatever has been approved of single steps is, too. Meanwhile others may have the guards. For as long as nothing has begun
 * that changes something.
 */
export function previewAgain(draft: Draft, why: string): void {
  const { state } = draft;
  state.phase = RunPhase.preparing;
  state.again = { why };
  state.granted = undefined;
  state.policy = undefined;
  state.digest = undefined;
  state.approvals = state.approvals.filter(({ subject }) => subject.kind === 'decision');
  for (const id of state.order) {
    const step = draft.step(id);
    if (step.status === StepStatus.awaitingApproval) step.status = StepStatus.pending;
    Object.assign(step, { approved: undefined, askAgain: undefined, policy: undefined });
  }
  yieldGuards(draft);
}

/** The preview begins once no step is held any more: nobody should have to decide about what cannot go on. */
export function beginPreview(draft: Draft): void {
  const { state } = draft;
  if (state.again === undefined || state.again.previewing || state.hold !== undefined) return;
  state.again = { ...state.again, previewing: true };
  for (const id of state.order) {
    const { status, params, instances } = draft.peek(id);
    if (status !== StepStatus.pending || instances !== undefined || params === undefined) continue;
    if (isHalfway(draft.peek(id))) continue;
    const { after, ...step } = { ...draft.step(id), error: undefined };
    const earlier = after?.filter((other) => !hasEnded(draft.peek(other).status)) ?? [];
    if (earlier.length > 0) {
      // Built upon the previews of those, once they are there (`previewNext`).
      draft.state.steps[id] = { ...step, after: earlier, validation: undefined };
    } else {
      draft.state.steps[id] = { ...step, status: StepStatus.validating };
      draft.command({ type: 'validate', step: id });
    }
  }
}
