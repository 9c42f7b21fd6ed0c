import { durationMs } from '../duration';
import { StepStatus } from '../outcome';
import { RunPhase } from '../steering';
import { guardGranted, guardLost, guardQueued, guardRefused, settleAdmission } from './admit';
import { approvalExpired, approve, reject } from './approvals';
import { forgetEvidence, startNextCheck, takeEvidence } from './checks';
import { Draft, problem, problemOf } from './draft';
import { expectHolds } from './expressions';
import { onlyKnownAfter } from './foresight';
import { approvalLapsed, forgetSettled } from './grant';
import { kept, noteKeep } from './keep';
import { override, stepNotOverridden } from './override';
import { policyDecided, policyFailed } from './policy';
import { stepStopped, stopReleased } from './kill-switch';
import { prepare, prepareFailed, settlePreparation } from './prepare';
import { approvalEscalated, approvalReminder, told } from './remind';
import { refuse } from './reply';
import { revoke } from './revoke';
import { advance } from './schedule';
import { letStand } from './let-stand';
import { outerStops } from './stand';
import type { Decision, RunContext, RunEvent, RunState } from './state';
import { pause, resume, retryStep, skipStep } from './steer';
import { abort, cancelled, stepFailed, timedOut } from './stop';
import { settleStop, undoFailed, undoNext, undone } from './undo';

/**
 * What happens next: the whole behaviour of a remediation as one pure function. The workflow only carries out the commands
 * and reports back one event for each step command; everything else (people, timers, cancel) comes in as events too.
 */
export function decide(run: RunContext, state: RunState, event: RunEvent): Decision {
  const draft = new Draft(run, state, event.at);
  if (state.phase === RunPhase.ended) {
    if ('by' in event) refuse(draft, `${event.type}_refused`, event.by, 'the remediation has ended');
    return draft.decision();
  }
  take(draft, event);
  goOn(draft);
  return draft.decision();
}

/** What follows from the state, whatever event led to it. Each phase may hand over to the next. */
function goOn(draft: Draft): void {
  const { state } = draft;
  if (state.phase === RunPhase.preparing) settlePreparation(draft);
  if (state.phase === RunPhase.admitting) settleAdmission(draft);
  if (state.phase === RunPhase.running) {
    advance(draft);
    // An approval that a step needed had lapsed.
    if (isPreparing(draft)) settlePreparation(draft);
  }
  forgetSettled(draft);
  if (state.phase === RunPhase.stopping) settleStop(draft);
  else if (state.phase === RunPhase.undoing || state.phase === RunPhase.keeping) undoNext(draft);
}

function isPreparing({ state }: Draft): boolean {
  return state.phase === RunPhase.preparing;
}

/** What the event itself says, written into the state. */
function take(draft: Draft, event: RunEvent): void {
  switch (event.type) {
    case 'started':
      return prepare(draft);
    case 'validated':
      return stepValidated(draft, event);
    case 'executed':
      return stepExecuted(draft, event);
    case 'verified':
      return stepVerified(draft, event);
    case 'checked':
      return stepChecked(draft, event);
    case 'failed':
      return stepCommandFailed(draft, event);
    case 'policy_decided':
      return policyDecided(draft, event);
    case 'policy_failed':
      return policyFailed(draft, event);
    case 'undone':
      return undone(draft, event.step, event.effect);
    case 'undo_failed':
      return undoFailed(draft, event.step, event.problem);
    case 'approve':
      return approve(draft, event);
    case 'reject':
      return reject(draft, event);
    case 'revoke':
      return revoke(draft, event);
    case 'abort':
      return abort(draft, event);
    case 'pause':
      return pause(draft, event);
    case 'resume':
      return resume(draft, event);
    case 'skip':
      return skipStep(draft, event);
    case 'override':
      return override(draft, event);
    case 'retry':
      return retryStep(draft, event);
    case 'refused':
      return refuse(draft, `${event.what}_refused`, event.by, event.message);
    case 'guard_granted':
      return guardGranted(draft, event);
    case 'guard_queued':
      return guardQueued(draft, event);
    case 'guard_refused':
      return guardRefused(draft, event);
    case 'guard_lost':
      return guardLost(draft, event);
    case 'stop_released':
      return stopReleased(draft, event.id);
    case 'outer_stops':
      return outerStops(draft, event);
    case 'let_stand':
      return letStand(draft);
    case 'cancel':
      // The run around it has been terminated, which undoes nothing there either; or somebody cancelled the sub-plan alone.
      return draft.state.phase === RunPhase.standing ? letStand(draft) : cancelled(draft);
    case 'timeout':
      return timedOut(draft);
    case 'kept':
      return kept(draft);
    case 'approval_expired':
      return approvalExpired(draft, event.key);
    case 'approval_reminder':
      return approvalReminder(draft, event.key);
    case 'approval_escalated':
      return approvalEscalated(draft, event);
    case 'told':
      return told(draft, event);
    case 'approval_lapsed':
      return approvalLapsed(draft, event.key, event.until);
  }
}

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

function stepValidated(draft: Draft, { step: id, validation, checks }: Of<'validated'>): void {
  const inTurn = draft.state.phase !== RunPhase.preparing;
  Object.assign(draft.step(id), {
    validation,
    validatedAt: draft.at,
    inTurn,
    status: StepStatus.pending,
    error: undefined,
    ...(checks && { checks }),
  });
  if (!inTurn && validation.unforeseen) onlyKnownAfter(draft, id);
}

function stepExecuted(draft: Draft, { step: id, effect }: Of<'executed'>): void {
  const step = draft.step(id);
  step.effect = effect;
  step.acted = effect.changed || step.halfway ? 'yes' : 'no';
  step.executed = ++draft.state.executions;
  draft.fact('executed', effect.summary, { step: id });
  if (draft.state.stop !== undefined) {
    step.status = StepStatus.cancelled;
    return;
  }
  const { timeout } = draft.spec(id).verify;
  if (timeout !== undefined) step.deadline = Math.min(step.deadline ?? Infinity, draft.at + durationMs(timeout));
  forgetEvidence(draft, id);
  step.status = StepStatus.verifying;
  draft.command({ type: 'verify', step: id });
}

function stepVerified(draft: Draft, { step: id, evidence }: Of<'verified'>): void {
  const step = draft.step(id);
  step.evidence = evidence;
  const refuted = evidence.verified ? unexpected(draft, id) : evidence.summary;
  if (refuted !== undefined) return stepFailed(draft, id, problem('VERIFICATION_FAILED', refuted));
  draft.fact('verified', evidence.summary, { step: id });
  if (!startNextCheck(draft, id)) stepHolds(draft, id);
}

function stepChecked(draft: Draft, { step: id, index, evidence }: Of<'checked'>): void {
  if (takeEvidence(draft, id, index, evidence) && !startNextCheck(draft, id)) stepHolds(draft, id);
}

/** The step's own evidence is in, and all its conditions hold. */
function stepHolds(draft: Draft, id: string): void {
  const idle = draft.peek(id).acted === 'no' && !draft.meta(id).readOnly;
  draft.step(id).status = idle ? StepStatus.noEffect : StepStatus.succeeded;
  noteKeep(draft, id);
}

/** Why the evidence is not what the plan expects; undefined when it is. */
function unexpected(draft: Draft, id: string): string | undefined {
  try {
    if (expectHolds(draft.run, draft.state, id)) return undefined;
  } catch (error) {
    return problemOf(error).message;
  }
  return `${draft.spec(id).verify.expect} is false: ${draft.peek(id).evidence?.summary}`;
}

function stepCommandFailed(draft: Draft, { step: id, problem: failure }: Of<'failed'>): void {
  const step = draft.step(id);
  if (step.status === StepStatus.executing && failure.order) return stepStopped(draft, id, failure, failure.order);
  if (step.status === StepStatus.executing) step.executed = ++draft.state.executions;
  // Before anything else is asked, what only reads may still be under way.
  const previewed = draft.state.phase === RunPhase.preparing && step.status === StepStatus.validating;
  if (previewed) return prepareFailed(draft, id, failure);
  if (step.status === StepStatus.validating && stepNotOverridden(draft, id, failure)) return;
  stepFailed(draft, id, failure);
}
