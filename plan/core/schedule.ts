import { durationMs } from '../duration';
import { StepStatus } from '../outcome';
import { RunPhase } from '../steering';
import { isCovered } from './admit';
import { ask } from './ask';
import { hasUnseenChecks } from './checks';
import { conclude } from './conclude';
import { stepDigest } from './digest';
import { problemOf, type Draft } from './draft';
import { renderStep, whenHolds } from './expressions';
import { hasLapsed } from './grant';
import { expand, hasEnded, settleParent } from './for-each';
import { isHalfway } from './kill-switch';
import { STALE_AFTER_MS } from './limits';
import { finishWell } from './stand';
import { stepFailed } from './stop';
import { needsDecision, stepApproval } from './policy';
import { isTemporary } from './undo';

/** Starts every step whose turn has come, until nothing more can start; ends the run when all steps have ended. */
export function advance(draft: Draft): void {
  if (draft.state.hold !== undefined) return;
  let progress = true;
  while (progress) {
    progress = false;
    for (const id of [...draft.state.order]) {
      progress = tryStart(draft, id) || progress;
      if (draft.state.stop !== undefined || draft.state.phase !== RunPhase.running) return;
    }
  }
  if (draft.state.order.every((id) => hasEnded(draft.peek(id).status))) end(draft);
}

/** true: a step has ended or been expanded, so that others may have become ready. */
function tryStart(draft: Draft, id: string): boolean {
  if (draft.peek(id).status !== StepStatus.pending || !isReady(draft, id)) return false;
  try {
    return start(draft, id);
  } catch (error) {
    stepFailed(draft, id, problemOf(error));
    return true;
  }
}

function isReady(draft: Draft, id: string): boolean {
  const { dependsOn, forEach } = draft.spec(id);
  if (!dependsOn.every((other) => hasEnded(draft.peek(other).status))) return false;
  const { parent } = draft.peek(id);
  if (parent === undefined || forEach?.parallel) return true;
  const siblings = draft.peek(parent).instances ?? [];
  const previous = siblings[siblings.indexOf(id) - 1];
  return previous === undefined || hasEnded(draft.peek(previous).status);
}

function start(draft: Draft, id: string): boolean {
  const step = draft.step(id);
  if (step.instances !== undefined) return settleParent(draft, id);
  if (isHalfway(step)) return isCovered(draft, id) && execute(draft, id);
  if (draft.spec(id).forEach !== undefined && step.parent === undefined) {
    expand(draft, id);
    return true;
  }
  // Of a forEach step, each instance has its own condition: it may speak of the item.
  if (!whenHolds(draft.run, draft.state, id)) {
    step.status = StepStatus.skipped;
    draft.fact('skipped', `${draft.spec(id).when} is false`, { step: id });
    return true;
  }
  if (step.params === undefined) {
    Object.assign(step, renderStep(draft.run, draft.state, id), step.override && { params: step.override.params });
  }
  if (!isStale(draft, id)) return admit(draft, id);
  step.status = StepStatus.validating;
  draft.command({ type: 'validate', step: id });
  return false;
}

/** The preview of the step is not to be trusted any more: too old, an earlier step has touched its target since, or it is not whole. */
function isStale(draft: Draft, id: string): boolean {
  const { validation, validatedAt, knownAfter, after, inTurn } = draft.peek(id);
  if (validation === undefined || validatedAt === undefined) return true;
  const foreseen = knownAfter.length === 0 && after === undefined && !hasUnseenChecks(draft, id);
  return draft.at - validatedAt > STALE_AFTER_MS || (!foreseen && !inTurn);
}

/** A fresh validation is there: nothing to do, ask when what would happen is not what was approved, or go. */
function admit(draft: Draft, id: string): boolean {
  const step = draft.step(id);
  if (step.validation?.noEffect && !draft.meta(id).readOnly) {
    step.status = StepStatus.noEffect;
    draft.fact('no_effect', step.validation.summary, { step: id });
    return true;
  }
  if (hasLapsed(draft, id)) return true;
  const digest = stepDigest(draft.run, draft.state, id);
  if (needsDecision(draft, id)) {
    step.status = StepStatus.validating;
    draft.command({ type: 'evaluate_policy', step: id });
    return false;
  }
  const approval = stepApproval(draft, id);
  const why = whyAsk(draft, id, digest, approval?.why);
  if (why !== undefined) {
    step.status = StepStatus.awaitingApproval;
    step.tried = undefined;
    ask(draft, { kind: 'step', step: id }, digest, why, approval?.terms ?? draft.run.plan.spec.approval);
    return false;
  }
  if (!isCovered(draft, id)) return false;
  return execute(draft, id);
}

/** The undo record is part of the state before the act: an execute whose result is lost may have acted. */
function execute(draft: Draft, id: string): false {
  const step = draft.step(id);
  step.acted = 'unknown';
  step.deadline = draft.at + durationMs(draft.spec(id).timeout);
  step.status = StepStatus.executing;
  draft.command({ type: 'execute', step: id });
  return false;
}

/** Why a person must see the step before it runs; undefined: nobody need. */
function whyAsk(draft: Draft, id: string, digest: string, asked: string | undefined): string | undefined {
  const { approved, changedBy, askAgain } = draft.peek(id);
  if (askAgain !== undefined) return askAgain;
  if (changedBy !== undefined) return `${changedBy} has changed its params`;
  if (approved !== undefined)
    return approved === digest ? undefined : 'what the step would do has changed since it was approved';
  // The question of a gate is what the person has to read.
  const question = draft.meta(id).approval === 'always' ? draft.peek(id).validation?.summary : undefined;
  if (asked !== undefined) return draft.spec(id).approval.required ? (question ?? asked) : asked;
  const { approval } = draft.peek(id).validation ?? {};
  return approval === undefined ? undefined : `its action always requires it: ${approval}`;
}

/** All steps have ended: what the run amounts to is clear; temporary effects are taken back before it ends. */
function end(draft: Draft): void {
  const conclusion = conclude(draft);
  if (!draft.state.order.some((id) => isTemporary(draft, id))) {
    return finishWell(draft, conclusion);
  }
  draft.state.conclusion = conclusion;
  draft.state.phase = RunPhase.undoing;
}
