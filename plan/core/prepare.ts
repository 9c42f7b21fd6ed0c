import { OnFailure } from '../model';
import { Outcome, StepStatus, type Problem } from '../outcome';
import { RunPhase } from '../steering';
import { seekAdmission } from './admit';
import { ask } from './ask';
import { beginPreview } from './ask-again';
import { askPolicy, endByPolicy, planApproval } from './policy';
import { planDigest } from './digest';
import { planNotOverridden } from './override';
import { problem, problemLine, problemOf, type Draft } from './draft';
import { finish } from './finish';
import { expand } from './for-each';
import { previewNext } from './foresight';
import { isTemplated } from './initial';
import { inFlight } from './stop';

/** All steps whose params are known are validated side by side, but for those on one object; nothing is changed. */
export function prepare(draft: Draft): void {
  const { metadata, spec } = draft.run.plan;
  draft.fact('started', `plan ${metadata.name}: ${metadata.reason}`, { by: metadata.requester });
  for (const step of spec.steps) {
    if (typeof step.forEach?.in === 'object') expandLiteral(draft, step.id);
  }
  for (const id of draft.state.order) {
    const step = draft.spec(id);
    const isLoop = step.forEach !== undefined && draft.peek(id).parent === undefined;
    if (isLoop || isTemplated(step)) continue;
    Object.assign(draft.step(id), { params: step.params, target: step.target });
    if (draft.peek(id).after !== undefined) continue;
    draft.step(id).status = StepStatus.validating;
    draft.command({ type: 'validate', step: id });
  }
}

function expandLiteral(draft: Draft, id: string): void {
  try {
    expand(draft, id);
  } catch (error) {
    draft.state.problems.push(problemOf(error));
  }
}

/** A step that could not be validated now; whether that blocks the plan is decided when all answers are there. */
export function prepareFailed(draft: Draft, id: string, failure: Problem): void {
  Object.assign(draft.step(id), { status: StepStatus.pending, error: failure });
}

/** What stands against the plan, in its order: not the steps whose turn may make them valid, or whose failure is allowed. */
function blockers(draft: Draft): Problem[] {
  return draft.state.order.flatMap((id) => {
    const { error, knownAfter, status } = draft.peek(id);
    const { when, onFailure } = draft.spec(id);
    const mayChange = knownAfter.length > 0 || when !== undefined || onFailure === OnFailure.continue;
    return error === undefined || mayChange || status !== StepStatus.pending
      ? []
      : [{ ...error, message: `step ${id}: ${error.message}` }];
  });
}

/** Goes on once no validation is under way. */
export function settlePreparation(draft: Draft): void {
  const { state, run } = draft;
  beginPreview(draft);
  if (state.again && !state.again.previewing) return;
  if (state.evaluating) return;
  if (state.policy !== undefined) return settleDecision(draft);
  previewNext(draft);
  if (inFlight(draft)) return;
  const found = blockers(draft);
  if (found.length > 0 && planNotOverridden(draft, problemLine(found[0]!))) return settlePreparation(draft);
  state.problems.push(...found);
  if (state.problems.length > 0) {
    return finish(draft, Outcome.blocked, `the plan cannot run: ${problemLine(state.problems[0]!)}`);
  }
  state.digest = planDigest(run, state);
  draft.fact('prepared', `preview complete, digest ${state.digest}`);
  // One that is previewed again is put to a person, whatever has changed.
  if (run.sub?.digest !== undefined && run.sub.digest !== state.digest && state.again === undefined) {
    const message = 'what the sub-plan would do has changed since it was approved with the plan around it';
    state.problems.push(problem('TARGET_CHANGED', message));
    return finish(draft, Outcome.blocked, message);
  }
  if (run.policy) askPolicy(draft);
  else settleDecision(draft);
}

/** The preview is complete, and the policies, if any, have been asked. */
function settleDecision(draft: Draft): void {
  const { state, run } = draft;
  if (state.policy !== undefined && endByPolicy(draft, state.policy)) {
    // What a person has changed was denied: the plan as it was comes next.
    return isPreparing(draft) ? settlePreparation(draft) : undefined;
  }
  if (run.plan.spec.dryRun) return finish(draft, Outcome.noEffect, 'dry run: previewed, nothing was changed');
  if (nothingToDo(draft)) return finish(draft, Outcome.noEffect, 'every target already is as wished');
  const approval = approvalNow(draft);
  if (approval === undefined) return seekAdmission(draft);
  state.phase = RunPhase.awaitingApproval;
  state.again = undefined;
  ask(draft, { kind: 'plan' }, state.digest ?? '', approval.why, approval.terms);
}

function isPreparing({ state }: Draft): boolean {
  return state.phase === RunPhase.preparing;
}

/** What was asked about once is asked about again, also when nobody else demands it by now. */
function approvalNow(draft: Draft): ReturnType<typeof planApproval> {
  const { again } = draft.state;
  const asked = planApproval(draft);
  if (again === undefined) return asked;
  const why = asked === undefined ? again.why : `${again.why}; ${asked.why}`;
  return { why, terms: asked?.terms ?? draft.run.plan.spec.approval };
}

export function nothingToDo(draft: Draft): boolean {
  return draft.state.order.every((id) => {
    const step = draft.peek(id);
    if (step.instances !== undefined) return true;
    return step.validation?.noEffect === true && step.knownAfter.length === 0 && !draft.meta(id).readOnly;
  });
}
