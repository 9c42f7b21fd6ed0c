import { OnFailure, RollbackStrategy } from '../model';
import { StepStatus, type Problem } from '../outcome';
import { RunPhase } from '../steering';
import { ask } from './ask';
import { stepDigest } from './digest';
import { problemLine, type Draft } from './draft';
import { release } from './keep';
import { accept, refuse } from './reply';
import type { RunEvent, Stop } from './state';

/** A step has failed for good; its plan says what that means for the rest. */
export function stepFailed(draft: Draft, id: string, failure: Problem): void {
  const step = draft.step(id);
  step.status = failure.code === 'CANCELLED' ? StepStatus.cancelled : StepStatus.failed;
  step.error = failure;
  draft.fact(step.status, problemLine(failure), { step: id });
  const { onFailure } = draft.spec(id);
  if (draft.state.stop !== undefined || onFailure === OnFailure.continue) return;
  // Nothing is undone behind the back of a person who works on it by hand.
  if (onFailure === OnFailure.ask || draft.state.hold?.kind === 'taken_over') return askWhatNow(draft, id);
  const undo = onFailure === OnFailure.stop ? 'never' : automaticUndo(draft);
  stop(draft, { kind: 'failure', reason: `step ${id} failed: ${failure.message}`, undo });
}

/** The others go on; what depends on the step waits. */
function askWhatNow(draft: Draft, id: string): void {
  draft.step(id).status = StepStatus.awaitingDecision;
  const why = `step ${id} has failed: retry it, skip it, or reject to end the plan`;
  ask(draft, { kind: 'decision', step: id }, stepDigest(draft.run, draft.state, id), why, draft.run.plan.spec.approval);
}

/** What the plan wants to become of finished steps when nobody says otherwise. */
export function automaticUndo(draft: Draft): Stop['undo'] {
  const strategy = draft.run.plan.spec.rollbackStrategy;
  if (strategy === RollbackStrategy.none) return 'never';
  return strategy === RollbackStrategy.manual ? 'ask' : 'now';
}

/** Ends the run early. The first reason stands; what is under way is cancelled and awaited before anything is undone. */
export function stop(draft: Draft, why: Stop): void {
  const { state } = draft;
  // A run that only takes back its temporary effects is past the point of stopping.
  if (state.stop !== undefined || state.conclusion !== undefined) return;
  state.stop = why;
  state.phase = RunPhase.stopping;
  state.approvals = [];
  state.hold = undefined;
  for (const id of state.order) {
    const { status } = draft.peek(id);
    if (status === StepStatus.awaitingApproval) draft.step(id).status = StepStatus.cancelled;
    if (status === StepStatus.awaitingDecision) draft.step(id).status = StepStatus.failed;
  }
  draft.fact('stopping', why.reason, why.by ? { by: why.by } : {});
  // After "stop, undo nothing" whatever is under way may still complete: half an act is worse than a whole one.
  const mayComplete = why.kind === 'failure' && why.undo === 'never';
  if (!mayComplete && inFlight(draft)) draft.command({ type: 'cancel_in_flight' });
}

export function inFlight(draft: Draft): boolean {
  return draft.state.evaluating === true || draft.state.order.some((id) => flying.has(draft.peek(id).status));
}

const flying: ReadonlySet<string> = new Set([
  StepStatus.validating,
  StepStatus.executing,
  StepStatus.verifying,
  StepStatus.undoing,
]);

export function abort(draft: Draft, event: Extract<RunEvent, { type: 'abort' }>): void {
  const { stop: running, conclusion, phase } = draft.state;
  if (phase === RunPhase.standing) {
    const message = 'it has succeeded, and the plan around it decides what becomes of it: abort that one';
    return refuse(draft, 'abort_refused', event.by, message);
  }
  const begun = draft.state.order.find((id) => draft.peek(id).acted !== 'no' && !draft.meta(id).readOnly);
  if (event.unlessBegun && begun !== undefined)
    return refuse(draft, 'abort_refused', event.by, `step ${begun} has begun`);
  if (conclusion && event.undo === false)
    return refuse(draft, 'abort_refused', event.by, 'the plan has ended; what is temporary is taken back in any case');
  if (release(draft, `aborted by ${event.by}${event.reason ? `: ${event.reason}` : ''}`, event.by)) {
    draft.reply = { accepted: true, message: 'the plan has ended; its temporary effects are taken back now' };
    return;
  }
  if (conclusion)
    return refuse(draft, 'abort_refused', event.by, 'the plan has ended and takes back its temporary effects');
  if (running)
    return refuse(draft, 'abort_refused', event.by, `the remediation is already stopping (${running.reason})`);
  const reason = `aborted by ${event.by}${event.reason ? `: ${event.reason}` : ''}`;
  accept(draft, 'abort', event.by, reason);
  stop(draft, { kind: 'aborted', reason, by: event.by, undo: event.undo === false ? 'never' : 'now' });
}

export function timedOut(draft: Draft): void {
  const reason = `the plan did not end within its timeout of ${draft.run.plan.spec.timeout}`;
  if (release(draft, reason)) return;
  stop(draft, { kind: 'timeout', reason, undo: automaticUndo(draft) });
}

export function cancelled(draft: Draft): void {
  if (release(draft, 'the workflow was cancelled')) return;
  const undo = automaticUndo(draft);
  // Whoever cancelled a workflow does not expect to be asked once more.
  stop(draft, { kind: 'cancelled', reason: 'the workflow was cancelled', undo: undo === 'ask' ? 'now' : undo });
}
