import { hasTemplate } from '../template';
import type { Json } from '../json';
import { StepStatus } from '../outcome';
import type { Evidence } from '../step-io';
import { callOfCheck, textOfCheck } from '../verify-checks';
import { problem, stepSpec, type Draft } from './draft';
import type { CheckState, RunContext, RunState } from './state';
import { stepFailed } from './stop';

/** Conditions of `verify`, looked at one after the other once the step's own evidence is in. */

/** Whether conditions have not been previewed yet: those with templates can be only when the step's turn has come. */
export function hasUnseenChecks(draft: Draft, id: string): boolean {
  const { checks = [] } = draft.spec(id).verify;
  return checks.some((_, index) => draft.peek(id).checks?.[index]?.validation === undefined);
}

/** The conditions that can be previewed now, by their place; while the plan is prepared, those without templates. */
export function seeableChecks(run: RunContext, id: string, preparing: boolean): number[] {
  const { checks = [] } = stepSpec(run, id).verify;
  return checks.flatMap((check, index) => (preparing && hasTemplate(check as unknown as Json) ? [] : [index]));
}

/** Commands the first condition that has no answer yet. false: there is none, all have been answered and hold. */
export function startNextCheck(draft: Draft, id: string): boolean {
  const step = draft.step(id);
  const { checks = [] } = draft.spec(id).verify;
  const index = checks.findIndex((_, at) => step.checks?.[at]?.evidence === undefined);
  if (index < 0) return false;
  // After a stop nothing new begins; what the step did is undone, or named, like that of a step without evidence.
  if (draft.state.stop !== undefined) step.status = StepStatus.cancelled;
  else draft.command({ type: 'check', step: id, index });
  return true;
}

/** Writes the answer down. false: it refutes the condition, and the step has failed. */
export function takeEvidence(draft: Draft, id: string, index: number, evidence: Evidence): boolean {
  const step = draft.step(id);
  step.checks = checkStates(draft, id).map((check, at) => (at === index ? { ...check, evidence } : check));
  if (!evidence.verified) {
    const what = textOfCheck(draft.spec(id).verify.checks![index]!);
    stepFailed(draft, id, problem('VERIFICATION_FAILED', `${what}: ${evidence.summary}`));
    return false;
  }
  draft.fact('checked', evidence.summary, { step: id });
  return true;
}

/** Readings of an earlier execute prove nothing about this one. */
export function forgetEvidence(draft: Draft, id: string): void {
  const step = draft.step(id);
  step.checks &&= step.checks.map(({ validation }) => (validation ? { validation } : {}));
}

function checkStates(draft: Draft, id: string): CheckState[] {
  const { checks = [] } = draft.spec(id).verify;
  return checks.map((_, index) => draft.peek(id).checks?.[index] ?? {});
}

/** The conditions of a step as one line each: what is wanted, and what was seen when it was previewed. */
export function checkTexts(run: RunContext, state: RunState, id: string): string[] {
  const { checks = [] } = stepSpec(run, id).verify;
  return checks.map((check, index) => {
    const seen = state.steps[id]?.checks?.[index]?.validation;
    return `${callOfCheck(check).action}: ${seen?.summary ?? textOfCheck(check)}`;
  });
}
