import { allAncestors } from '../graph';
import type { Step } from '../model';
import { StepStatus } from '../outcome';
import { RunPhase } from '../steering';
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
  const keys = new Map(steps.map((step) => [step.id, targetKey(step)]));
  return new Map(
    steps.map((step) => {
      const expressive = step.when !== undefined || typeof step.forEach?.in === 'string' || isTemplated(step);
      const own = keys.get(step.id);
      const earlier = [...(before.get(step.id) ?? [])];
      return [step.id, earlier.filter((id) => expressive || (own !== undefined && keys.get(id) === own))];
    }),
  );
}

/** Whether the step's params or target hold templates, so that it cannot be validated before they are rendered. */
export function isTemplated(step: Step): boolean {
  return hasTemplate(step.params) || hasTemplate({ ...step.target });
}

/** Identifies an object within a run; undefined for steps without one, or whose target is a template. */
function targetKey(step: Step): string | undefined {
  const { target } = step;
  if (target === undefined || hasTemplate({ ...target })) return undefined;
  return [target.cluster, target.kind, target.namespace ?? '', target.name].join('/');
}
