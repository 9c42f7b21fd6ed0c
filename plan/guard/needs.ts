import { actionMeta, stepSpec } from '../core/draft';
import type { RunContext, RunState } from '../core/state';
import { hasTemplate } from '../template';
import { actingSteps, actOf } from './acts';
import type { GuardAct } from './model';
import { actionScope, clusterScope, inCanonicalOrder, isScopeOfRun, nodesScope, targetScope } from './scopes';

/**
 * Every guard that the run needs, as far as its targets are known, in canonical order. A run that only reads needs none.
 */
export function guardsOf(run: RunContext, state: RunState): string[] {
  return inCanonicalOrder(
    actingSteps(run, state).flatMap((id) => [
      ...guardsOfStep(run, state, id),
      ...(state.steps[id]?.validation?.guards ?? []).map(({ scope }) => scope),
      ...ofRun(run, id),
    ]),
  );
}

/** What the step must hold while it acts: its target, the target's owner, and the nodes' budget if it takes a node out. */
export function guardsOfStep(run: RunContext, state: RunState, id: string): string[] {
  const step = state.steps[id];
  // Of a sub-plan, all that its steps need: the run around it takes the guards of both in one canonical order, under its own
  // name, and the sub-plan acts under them. So neither waits for what the other holds.
  const needs = step?.validation?.guards;
  if (needs) return inCanonicalOrder(needs.map(({ scope }) => scope)).filter((scope) => !isScopeOfRun(scope));
  const spec = stepSpec(run, id);
  const named = step?.validation?.target ?? step?.target ?? spec.target;
  if (named === undefined || hasTemplate({ ...named })) return [];
  const owner = step?.validation?.owner;
  const { disruption } = actionMeta(run, spec.action);
  const nodes = disruption === 'node' || disruption === 'cluster';
  return inCanonicalOrder([
    targetScope(named),
    ...(owner ? [targetScope({ cluster: named.cluster, ...owner })] : []),
    ...(nodes ? [nodesScope(named.cluster)] : []),
  ]);
}

/** What the run means to do in the scope. */
export function actsIn(run: RunContext, state: RunState, scope: string): { id: string; act: GuardAct }[] {
  return actingSteps(run, state)
    .filter((id) => guardsOfStep(run, state, id).includes(scope))
    .flatMap((id) => actsOf(run, state, id, scope).map((act) => ({ id, act })));
}

function actsOf(run: RunContext, state: RunState, id: string, scope: string): GuardAct[] {
  const needs = state.steps[id]?.validation?.guards;
  if (needs === undefined) return [actOf(run, state, id)];
  return needs.find((need) => need.scope === scope)?.acts ?? [];
}

function ofRun(run: RunContext, id: string): string[] {
  const { action, target } = stepSpec(run, id);
  const cluster = target?.cluster ?? run.plan.spec.cluster;
  const limited = run.guards?.ratePerAction?.[action] !== undefined;
  return [...(limited ? [actionScope(cluster, action)] : []), clusterScope(cluster)];
}
