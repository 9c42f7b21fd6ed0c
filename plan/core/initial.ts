import { ancestors } from '../graph';
import type { Step } from '../model';
import { StepStatus } from '../outcome';
import { RunPhase } from '../steering';
import { hasTemplate } from '../template';
import type { RunContext, RunState, StepState } from './state';

/** The state before anything has happened. */
export function initialState(run: RunContext): RunState {
  const steps: Record<string, StepState> = {};
  for (const step of run.plan.spec.steps) {
    steps[step.id] = { status: StepStatus.pending, knownAfter: knownAfter(run, step), acted: 'no' };
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
 * The earlier steps that this step's preview cannot look past: those it depends on when its params, condition or items are
 * expressions, and those that touch the same object.
 */
function knownAfter(run: RunContext, step: Step): string[] {
  const before = ancestors(run.plan.spec.steps, step.id);
  const expressive = step.when !== undefined || typeof step.forEach?.in === 'string' || isTemplated(step);
  const own = targetKey(step);
  return run.plan.spec.steps
    .filter((other) => before.has(other.id) && (expressive || (own !== undefined && targetKey(other) === own)))
    .map((other) => other.id);
}

/** Whether the step's params or target hold templates, so that it cannot be validated before they are rendered. */
export function isTemplated(step: Step): boolean {
  return hasTemplate(step.params) || hasTemplate({ ...step.target });
}

/** Identifies an object within a run; undefined for steps without one, or whose target is a template. */
export function targetKey(step: Pick<Step, 'target'>): string | undefined {
  const { target } = step;
  if (target === undefined || hasTemplate({ ...target })) return undefined;
  return [target.cluster, target.kind, target.namespace ?? '', target.name].join('/');
}
