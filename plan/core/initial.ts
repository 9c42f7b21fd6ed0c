import { allAncestors } from '../graph';
import type { Step } from '../model';
import { StepStatus } from '../outcome';
import { RunPhase } from '../steering';
import { SUB_PLAN_ACTION, subPlanOf } from '../sub-plan';
import { hasTemplate } from '../template';
import type { RunContext, RunState, StepState } from './state';

/** The state before anything has happened. */
export function initialState(run: RunContext): RunState {
  const known = knownAfter(run.plan.spec.steps);
  const steps: Record<string, StepState> = {};
  for (const step of run.plan.spec.steps) {
    steps[step.id] = { status: StepStatus.pending, knownAfter: known.get(step.id) ?? [], acted: 'no' };
  }
  return {
    phase: RunPhase.preparing,
    order: run.plan.spec.steps.map((step) => step.id),
    steps,
    approvals: [],
    executions: 0,
    undone: [],
    left: [],
    problems: [],
    facts: [],
  };
}

/**
 * Of each step, the earlier ones that its preview cannot look past: all it depends on when its params, condition or items
 * are expressions, else those of them that touch the same object.
 */
function knownAfter(steps: readonly Step[]): Map<string, string[]> {
  const before = allAncestors(steps);
  const keys = new Map(steps.map((step) => [step.id, targetKeys(step)]));
  return new Map(
    steps.map((step) => {
      const expressive = step.when !== undefined || typeof step.forEach?.in === 'string' || isTemplated(step);
      const earlier = [...(before.get(step.id) ?? [])];
      return [step.id, earlier.filter((id) => expressive || overlap(keys.get(step.id)!, keys.get(id)!))];
    }),
  );
}

/** Whether the step's params or target hold templates, so that it cannot be validated before they are rendered. */
export function isTemplated(step: Step): boolean {
  // Those of a sub-plan are its own business.
  const own = step.action !== SUB_PLAN_ACTION && hasTemplate(step.params);
  return own || hasTemplate({ ...step.target });
}

/** Stands for whatever object: which one a step of a sub-plan touches is not known yet. */
const ANY = '*';

function overlap(some: readonly string[], others: readonly string[]): boolean {
  if (some.length === 0 || others.length === 0) return false;
  return some.includes(ANY) || others.includes(ANY) || some.some((key) => others.includes(key));
}

/** Identifies the objects that a step touches within a run; none for steps without one, or whose target is a template. */
function targetKeys(step: Step): string[] {
  const inner = subPlanOf(step);
  if (inner) {
    return inner.spec.steps.flatMap((one) => (one.target && hasTemplate({ ...one.target }) ? [ANY] : targetKeys(one)));
  }
  const { target } = step;
  if (target === undefined || hasTemplate({ ...target })) return [];
  return [[target.cluster, target.kind, target.namespace ?? '', target.name].join('/')];
}
