import type { Json } from './json';
import { ProblemCode, type Finding } from './problem';
import { MAX_STEPS } from './schema';
import { asObject, callsOf, sketchPlan, type PlanSketch, type StepSketch } from './sketch';
import { inheriting, MAX_SUB_PLAN_DEPTH, SUB_PLAN_ACTION, subPlanDocument } from './sub-plan';

/** The other checks, of a sub-plan that itself stands `depth` deep. */
type CheckWhole = (document: Json, depth: number) => Finding[];

/** Every problem of the plans within a plan, at its place in the outer document; and where such a plan cannot stand. */
export function checkSubPlans(document: Json, sketch: PlanSketch, depth: number, checkWhole: CheckWhole): Finding[] {
  const outer = { cluster: asObject(asObject(document).spec).cluster, requester: requesterOf(document) };
  const inner = sketch.steps.flatMap((step) => [...checkPlace(step), ...checkDocument(step, outer, depth, checkWhole)]);
  return depth === 0 ? [...checkCount(document), ...inner] : inner;
}

function requesterOf(document: Json): Json | undefined {
  return asObject(asObject(document).metadata).requester;
}

function checkPlace(step: StepSketch): Finding[] {
  const found: Finding[] = [];
  const refuse = (at: Finding['at'], message: string, remedy: string) =>
    found.push({ at, code: ProblemCode.invalidValue, message, remedy });
  for (const call of callsOf(step)) {
    if (call.compensates && call.raw.action === SUB_PLAN_ACTION) {
      const remedy = 'Name one action as the rollback, or write the steps into this plan.';
      refuse([...call.at, 'action'], `${SUB_PLAN_ACTION} cannot be an explicit rollback`, remedy);
    }
  }
  if (step.raw.action === SUB_PLAN_ACTION && step.raw.forEach !== undefined) {
    const message = 'a sub-plan knows nothing of a loop’s items, and would do the same for each';
    refuse([...step.at, 'forEach'], message, 'Write forEach into the steps of the sub-plan.');
  }
  return found;
}

function checkDocument(
  step: StepSketch,
  outer: { cluster?: Json; requester?: Json },
  depth: number,
  checkWhole: CheckWhole,
): Finding[] {
  if (step.raw.action !== SUB_PLAN_ACTION) return [];
  const at = [...step.at, 'params', 'plan'];
  const written = subPlanDocument(step.raw as { action?: Json; params?: Json });
  if (written === undefined) {
    if (typeof asObject(step.raw.params).plan !== 'string') return []; // The action's own schema says so.
    const message = 'a sub-plan is written out; it cannot come from an expression';
    return [{ at, code: ProblemCode.paramsInvalid, message, remedy: 'Write the RemediationPlan here.' }];
  }
  if (depth >= MAX_SUB_PLAN_DEPTH) {
    const message = `sub-plans stand at most ${MAX_SUB_PLAN_DEPTH} deep in each other`;
    return [{ at, code: ProblemCode.invalidValue, message, remedy: 'Write its steps into the plan around it.' }];
  }
  const found = checkWhole(inheriting(written, outer), depth + 1).map((finding) => ({
    ...finding,
    at: [...at, ...finding.at],
  }));
  if (asObject(written.spec).dryRun !== true) return found;
  const message = 'a sub-plan that is only previewed would have no effect';
  const dry: Finding = {
    at: [...at, 'spec', 'dryRun'],
    code: ProblemCode.invalidValue,
    message,
    remedy: 'Remove it here; a dry run of the outer plan previews its sub-plans too.',
  };
  return [...found, dry];
}

/** The limit is one for the whole: every step becomes a part of the same history of effects that may have to be undone. */
function checkCount(document: Json): Finding[] {
  const own = sketchPlan(document).steps.length;
  const all = countSteps(document, 0);
  if (all <= MAX_STEPS || own === all) return [];
  const message = `${all} steps with those of its sub-plans; at most ${MAX_STEPS} are allowed`;
  return [{ at: ['spec', 'steps'], code: ProblemCode.tooManySteps, message, remedy: 'Split the plan.' }];
}

function countSteps(document: Json, depth: number): number {
  if (depth > MAX_SUB_PLAN_DEPTH) return 0;
  return sketchPlan(document).steps.reduce((sum, { raw }) => {
    const inner = subPlanDocument(raw as { action?: Json; params?: Json });
    return sum + 1 + (inner ? countSteps(inner, depth + 1) : 0);
  }, 0);
}
