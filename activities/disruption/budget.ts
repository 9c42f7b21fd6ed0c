import { KubernautError } from '../../plan/errors';
import type { Effect, FieldChange, ResolvedTarget, StepRequest, Validation } from '../../plan/step-io';
import type { ActionContext, ActionDefinition } from '../contract';
import { nodeExcess } from './node-budget';
import { workloadExcess } from './workload-budget';

type Disruptive = Pick<ActionDefinition, 'name' | 'disruption' | 'clusterScoped' | 'readOnly'>;

interface Loss {
  action: Disruptive;
  step: StepRequest;
  target: ResolvedTarget | undefined;
  diff: readonly FieldChange[];
}

/**
 * Holds validate and execute of every action to the disruption budget of the settings, by what is declared of it and by how
 * the cluster is at that moment: `disruption: node` on a Node, `disruption: pod` on a Pod. An undo is exempt. What rolls through a
 * workload or evicts within PodDisruptionBudgets is held by Kubernetes itself.
 *
 * @returns the reason of the break-glass that it was passed by; undefined: nothing was in the way
 * @throws {KubernautError} `DISRUPTION_LIMIT` · `FORBIDDEN` when nodes or pods cannot be listed
 */
export async function holdToBudget(ctx: ActionContext, loss: Loss): Promise<string | undefined> {
  const { action, step } = loss;
  if (step.undo || action.readOnly || !action.clusterScoped) return undefined;
  const excess = await excessOf(ctx, loss);
  if (excess === undefined) return undefined;
  if (step.breakGlass === undefined) throw new KubernautError('DISRUPTION_LIMIT', `${action.name}: ${excess}`);
  const passed = `past the disruption budget by break-glass (${step.breakGlass}): ${excess}`;
  ctx.log.warn(`${action.name} goes ${passed}`);
  return passed;
}

async function excessOf(ctx: ActionContext, { action, target, diff }: Loss): Promise<string | undefined> {
  const { nodes, workloads } = ctx.settings.disruption ?? {};
  const { disruption } = action;
  if (target?.kind === 'Node' && nodes && (disruption === 'node' || disruption === 'cluster')) {
    if (onlyPrefers(diff)) return undefined;
    const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Node' });
    return nodeExcess(items, target.name, nodes);
  }
  if (target?.kind === 'Pod' && workloads && disruption === 'pod') {
    const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: target.namespace });
    return workloadExcess(items, target.uid, workloads);
  }
  return undefined;
}

/** All that changes are taints which the scheduler may disregard. */
function onlyPrefers(diff: readonly FieldChange[]): boolean {
  return diff.length > 0 && diff.every(({ path }) => /^\/spec\/taints\/.*:PreferNoSchedule$/.test(path));
}

/** A person reads of it in the preview … */
export function warned(validation: Validation, more: readonly string[]): Validation {
  return more.length === 0 ? validation : { ...validation, warnings: [...validation.warnings, ...more] };
}

/** … and in the audit. */
export function marked(effect: Effect, passed: string | undefined): Effect {
  return passed === undefined ? effect : { ...effect, summary: `${effect.summary}, ${passed}` };
}
