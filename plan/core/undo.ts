import { Outcome, StepStatus, type Problem } from '../outcome';
import { RunPhase } from '../steering';
import type { Effect } from '../step-io';
import { ask } from './ask';
import type { Conclusion } from './conclude';
import { rollbackDigest } from './digest';
import { problemLine, type Draft } from './draft';
import { finish } from './finish';
import { keep } from './keep';
import { leave, nameLeftBehind } from './left-behind';
import type { Stop } from './state';
import { again } from './attempt';
import { finishWell } from './stand';
import { automaticUndo, inFlight, stop } from './stop';

/** Once nothing is under way any more, a stopping run turns to the undo. */
export function settleStop(draft: Draft): void {
  const { state } = draft;
  if (state.stop === undefined || inFlight(draft) || state.approvals.length > 0) return;
  const open = undoable(draft);
  if (open.length === 0) return finishStopped(draft);
  if (state.stop.undo === 'now') return undoNext(draft);
  if (state.stop.undo === 'ask') {
    const digest = rollbackDigest(draft.run, state, open);
    return ask(draft, { kind: 'rollback' }, digest, 'the rollback strategy is manual', draft.run.plan.spec.approval);
  }
  for (const id of open) leave(draft, id, 'the plan, or the person who stopped it, says not to undo it');
  finishStopped(draft);
}

/** Steps that may have acted and can be undone, newest effect first. */
function undoable(draft: Draft): string[] {
  return draft.state.order
    .filter((id) => draft.peek(id).acted !== 'no' && canUndo(draft, id) && !isSettled(draft, id))
    .sort((a, b) => (draft.peek(b).executed ?? 0) - (draft.peek(a).executed ?? 0));
}

function isSettled(draft: Draft, id: string): boolean {
  const { status } = draft.peek(id);
  return status === StepStatus.undone || status === StepStatus.undoFailed;
}

export function canUndo(draft: Draft, id: string): boolean {
  const { mode } = draft.spec(id).rollback;
  if (mode !== 'auto') return mode === 'step';
  const meta = draft.meta(id);
  return !meta.readOnly && meta.reversibility !== 'irreversible';
}

/** One undo at a time, in the reverse of the order in which the effects came about. */
export function undoNext(draft: Draft): void {
  const { state } = draft;
  if (inFlight(draft)) {
    state.phase = RunPhase.undoing;
    return;
  }
  const next = (state.conclusion ? temporary(draft) : undoable(draft))[0];
  if (next !== undefined && state.conclusion && keep(draft, next)) return;
  state.phase = RunPhase.undoing;
  if (next === undefined) return state.conclusion ? finishConcluded(draft, state.conclusion) : finishStopped(draft);
  draft.step(next).status = StepStatus.undoing;
  draft.command({ type: 'undo', step: next });
}

export function undone(draft: Draft, id: string, effect: Effect): void {
  const step = draft.step(id);
  if (effect.irreversible) step.beyondUndo = effect.irreversible;
  if (step.retrying !== undefined && draft.state.stop === undefined) {
    draft.fact('undone', `${effect.summary}, to try again`, { step: id });
    step.status = StepStatus.undoing;
    return again(draft, id);
  }
  step.status = StepStatus.undone;
  draft.state.undone.push(id);
  draft.fact('undone', effect.summary, { step: id });
}

/** The others are undone all the same; this one is named in the outcome. */
export function undoFailed(draft: Draft, id: string, failure: Problem): void {
  draft.step(id).status = StepStatus.undoFailed;
  leave(draft, id, problemLine(failure));
  draft.state.problems.push({ ...failure, message: `undo of step ${id}: ${failure.message}` });
  draft.fact('undo_failed', problemLine(failure), { step: id });
  const reason = `step ${id} cannot be retried: what it did could not be taken back`;
  stop(draft, { kind: 'failure', reason, undo: automaticUndo(draft) });
}

/** Effects of steps that succeeded, but were meant for the time of the plan alone; newest first. */
function temporary(draft: Draft): string[] {
  return undoable(draft).filter((id) => isTemporary(draft, id));
}

export function isTemporary(draft: Draft, id: string): boolean {
  const { acted, status } = draft.peek(id);
  // Runs that began under the first releases have plans without this field.
  return Boolean(draft.spec(id).temporary) && acted !== 'no' && status === StepStatus.succeeded;
}

/** A temporary effect that is still there keeps the run from being a success. */
function finishConcluded(draft: Draft, { outcome, reason }: Conclusion): void {
  const stuck = draft.state.order.filter((id) => draft.peek(id).status === StepStatus.undoFailed);
  if (stuck.length === 0) {
    finishWell(draft, { outcome, reason: `${reason}; taken back at the end: ${draft.state.undone.join(', ')}` });
    return settleStop(draft);
  }
  const failure = `${reason}, but temporary effects could not be taken back: ${stuck.join(', ')}`;
  if (draft.run.sub === undefined) return finish(draft, Outcome.rollbackFailed, failure);
  // Nobody could undo the rest any more once a sub-plan has ended, and for the plan around it this is a failure.
  draft.state.conclusion = undefined;
  stop(draft, { kind: 'failure', reason: failure, undo: automaticUndo(draft) });
  settleStop(draft);
}

function finishStopped(draft: Draft): void {
  const why = draft.state.stop;
  if (why === undefined) return;
  nameLeftBehind(draft, () => true);
  finish(draft, stoppedOutcome(draft, why), why.reason);
}

function stoppedOutcome(draft: Draft, why: Stop): Outcome {
  const { state } = draft;
  if (state.order.some((id) => draft.peek(id).status === StepStatus.undoFailed)) return Outcome.rollbackFailed;
  if (why.kind === 'aborted' || why.kind === 'cancelled') return Outcome.aborted;
  if (why.kind === 'rejected') return Outcome.rejected;
  if (why.kind === 'expired') return Outcome.expired;
  if (state.undone.length > 0) return Outcome.rolledBack;
  return why.kind === 'timeout' ? Outcome.expired : Outcome.failed;
}
