import type { HealthInput } from '../../plan/incident';
import type { Reading } from '../../plan/incident/state';
import type { ActionContext } from '../contract';
import { conditionOf } from '../executors/kubernetes/rollout/deployment-conditions';
import { StabilityWindow } from '../executors/kubernetes/rollout/stability';
import { waitForRollout } from '../executors/kubernetes/rollout/wait-for-rollout';
import { WORKLOAD_KINDS } from '../executors/kubernetes/rollout/workload';
import { persisting } from '../executors/kubernetes/wait/persisting';
import { waitUntil, type Verdict } from '../executors/kubernetes/wait/wait-until';

/**
 * Waits until the incident's object has been healthy for the soak time. Workloads: rolled out, all pods ready, none restarts.
 * Pods: ready, no restart. Nodes: Ready. Of other kinds nothing is known.
 */
export async function watchHealth(ctx: ActionContext, { owner, soakMs }: HealthInput): Promise<Reading> {
  const { kind, namespace, name } = owner;
  if ((WORKLOAD_KINDS as readonly string[]).includes(kind)) return workloadHealth(ctx, { owner, soakMs });
  if (kind !== 'Pod' && kind !== 'Node') return { is: 'unknown', detail: '' };
  const window = new StabilityWindow(ctx.clock, soakMs);
  const lasting = persisting(ctx.clock, soakMs);
  const result = await waitUntil<true>(ctx, {
    what: `health of ${name}`,
    queries: [{ apiVersion: 'v1', kind, ...(namespace && { namespace }), fieldSelector: `metadata.name=${name}` }],
    evaluate: ([objects = []]): Verdict<true> => {
      const [object] = objects;
      if (object === undefined) return { state: 'failed', reason: `${kind} ${name} is gone` };
      if (kind === 'Node') {
        const ready = conditionOf(object, 'Ready')?.status === 'True';
        const { lasted, leftMs } = lasting(ready);
        if (lasted) return { state: 'met', value: true };
        return ready
          ? { state: 'waiting', reason: 'Ready, watching whether it stays so', recheckInMs: leftMs }
          : { state: 'waiting', reason: 'the node is not Ready' };
      }
      const stable = window.look([object]);
      if (stable.is === 'stable') return { state: 'met', value: true };
      if (stable.is === 'crashing') return { state: 'failed', reason: stable.reason };
      if (stable.is === 'unready') return { state: 'waiting', reason: stable.reason };
      return { state: 'waiting', reason: 'ready, watching whether it stays so', recheckInMs: stable.leftMs };
    },
  });
  return result.met
    ? { is: 'good', detail: `${kind} ${name} healthy for ${soakMs / 1000} s` }
    : { is: 'bad', detail: `${kind} ${name}: ${result.reason}` };
}

async function workloadHealth(
  ctx: ActionContext,
  { owner, soakMs }: Pick<HealthInput, 'owner' | 'soakMs'>,
): Promise<Reading> {
  const { cluster, kind, namespace, name } = owner;
  const found = await ctx.cluster.find({ apiVersion: 'apps/v1', kind, ...(namespace && { namespace }), name });
  if (found === undefined) return { is: 'bad', detail: `${kind} ${name} is gone` };
  const { uid } = found.metadata;
  const target = { cluster, apiVersion: 'apps/v1', kind, ...(namespace && { namespace }), name, uid };
  const { verified, summary } = await waitForRollout(ctx, { target, changed: () => undefined, stableForMs: soakMs });
  return { is: verified ? 'good' : 'bad', detail: summary };
}
