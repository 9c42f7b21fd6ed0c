import { stepDigest } from '../core/digest';
import { planStepId, stepSpec } from '../core/draft';
import type { RunContext, RunState } from '../core/state';
import type { Json } from '../json';
import { StepStatus } from '../outcome';
import type { ActResult, GuardAct } from './model';

/** What a step means to do, as its guards see it. */
export function actOf(run: RunContext, state: RunState, id: string): GuardAct {
  const { action } = stepSpec(run, id);
  const moves = movesOf(action, state, id);
  const fix = state.steps[id]?.validation?.diff.map(({ path, after }) => [path, steady(after)]);
  return {
    action,
    fingerprint: `${action} ${JSON.stringify(fix ?? stepDigest(run, state, id))}`,
    ...(moves && { moves }),
  };
}

/** A time stamp in a diff (restartedAt) differs each time; the fix is the same all the same. */
function steady(after: Json | undefined): Json {
  return typeof after === 'string' && /\d{4}-\d\d-\d\dT\d\d:/.test(after) ? 'a time' : (after ?? 'absent');
}

/** Which way the step moves the capacity of its target, read from its diff. */
function movesOf(action: string, state: RunState, id: string): GuardAct['moves'] {
  for (const { path, before, after } of state.steps[id]?.validation?.diff ?? []) {
    const axis = /\/(replicas|minReplicas|maxReplicas)$/.test(path)
      ? 'replicas'
      : /\/resources\/(requests|limits)\/(cpu|memory)$/.test(path)
        ? 'resources'
        : undefined;
    if (axis === undefined) continue;
    const [from, to] = [quantity(before), quantity(after)];
    if (from !== undefined && to !== undefined && from !== to) return { axis, direction: to > from ? 'up' : 'down' };
    if (action === 'increase_resources') return { axis, direction: 'up' };
  }
  return undefined;
}

const factors: Readonly<Record<string, number>> = {
  ...{ m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
};

/** A number or a Kubernetes quantity; undefined for anything else. */
function quantity(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  const [, number, unit] = (typeof value === 'string' ? /^(\d+(?:\.\d+)?)([A-Za-z]{0,2})$/.exec(value) : null) ?? [];
  const factor = factors[unit ?? '?'];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/** How the step went, for cooldown and breaker. Whatever was undone only because others failed counts as nothing. */
export function resultOf(state: RunState, id: string): ActResult {
  const step = state.steps[id];
  if (step === undefined || step.acted === 'no') return 'none';
  if (step.error !== undefined) return step.error.code === 'CANCELLED' ? 'none' : 'failed';
  if (step.status === StepStatus.succeeded) return 'succeeded';
  return step.status === StepStatus.undoFailed ? 'failed' : 'none';
}

/** The steps of the run that change something; of a forEach step its instances. */
export function actingSteps(run: RunContext, state: RunState): string[] {
  return state.order.filter((id) => {
    const isLoop = stepSpec(run, id).forEach !== undefined && planStepId(id) === id;
    return !isLoop && run.actions[stepSpec(run, id).action]?.readOnly === false;
  });
}
