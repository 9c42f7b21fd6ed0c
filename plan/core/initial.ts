import { allAncestors } from '../graph';
import type { Step } from '../model';
import { StepStatus } from '../outcome';
import { RunPhase } from '../steering';
import { SUB_PLAN_ACTION, subPlanOf } from '../sub-plan';
import { hasTemplate } from '../template';
import type { RunContext, RunState, StepState } from './state';

/** The state before anything has happened. */
export function initialState(run: RunContext): RunState {
  const known = knownAfter(run);
  const steps: Record<string, StepState> = {};
  for (const step of run.plan.spec.steps) {
    const relation = known.get(step.id) ?? { knownAfter: [] };
    steps[step.id] = { status: StepStatus.pending, ...relation, acted: 'no' };
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
 * are expressions, else those of them that touch the same object, unless it can be foreseen what those make of it (`after`).
 */
function knownAfter(run: RunContext): Map<string, Pick<StepState, 'knownAfter' | 'after'>> {
  const { steps } = run.plan.spec;
  const before = allAncestors(steps);
  const keys = new Map(steps.map((step) => [step.id, targetKeys(step)]));
  const known = new Map<string, Pick<StepState, 'knownAfter' | 'after'>>();
  const isForeseen = (id: string) => isForeseeable(run, run.byId.get(id)!) && known.get(id)?.knownAfter.length === 0;
  for (const step of steps) {
    const earlier = before.get(step.id) ?? new Set();
    const blocking = isExpressive(step)
      ? [...earlier]
      : [...earlier].filter((id) => overlap(keys.get(step.id)!, keys.get(id)!));
    const foreseen = run.revision >= 3 && blocking.length > 0 && isForeseeable(run, step) && blocking.every(isForeseen);
    known.set(step.id, foreseen ? { knownAfter: [], after: inPlanOrder(steps, blocking) } : { knownAfter: blocking });
  }
  return known;
}

/** No step stands before one that it depends on. */
function inPlanOrder(steps: readonly Step[], ids: readonly string[]): string[] {
  const wanted = new Set(ids);
  return steps.flatMap(({ id }) => (wanted.has(id) ? [id] : []));
}

/** Whether its params, condition or items are expressions over what earlier steps found. */
function isExpressive(step: Step): boolean {
  return step.when !== undefined || typeof step.forEach?.in === 'string' || isTemplated(step);
}

/** Certain to be done, once, and in a way that can be told from its object alone. */
function isForeseeable(run: RunContext, step: Step): boolean {
  return run.actions[step.action]?.foreseeable === true && step.forEach === undefined && !isExpressive(step);
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
