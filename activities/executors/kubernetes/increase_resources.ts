import type { JsonObject } from '../../../plan/json';
import type { KubeObject } from '../../cluster/cluster';
import type { ActionContext } from '../../contract';
import { fieldAction } from './fields/field-action';
import { pointer, valueAt } from './fields/json-pointer';
import { describeWriters, writersOf } from './fields/managed-fields';
import { isReady } from './pods/pod';
import { CONTAINERS, containerIndex } from './rollout/containers';
import { raise } from './rollout/raise-resources';
import { changesOf, increaseParams, type IncreaseParams } from './rollout/resource-params';
import { waitForRollout } from './rollout/wait-for-rollout';
import { cannotRoll, isOrdered, WORKLOAD_KINDS } from './rollout/workload';
import { selectorText } from './pods/label-selector';
import { displayName, validatedTarget } from './target/read-target';

export const increaseResources = fieldAction<IncreaseParams>({
  name: 'increase_resources',
  description:
    'Raises CPU or memory requests and limits of one container of a workload; never lowers any. Its pods are replaced.',
  whenToUse: 'Containers are OOMKilled, throttled or evicted for lack of memory, and the need is real.',
  whenNotToUse:
    'Memory grows without end (a leak): that only delays the next OOMKill. A Deployment under a VerticalPodAutoscaler.',
  risk: 'medium',
  disruption: 'workload',
  targetKinds: WORKLOAD_KINDS,
  permissions: [
    { apiGroup: 'apps', resource: 'deployments', verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroup: 'apps', resource: 'statefulsets', verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroup: 'apps', resource: 'daemonsets', verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroup: 'apps', resource: 'replicasets', verbs: ['list', 'watch'] },
    { apiGroup: '', resource: 'pods', verbs: ['list', 'watch'] },
  ],
  params: increaseParams,
  examples: [
    {
      title: 'Half as much memory again, at most 2Gi',
      target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      params: { memory: { limit: { factor: 1.5, cap: '2Gi' } } },
    },
    {
      title: 'CPU request and limit of one container',
      target: { kind: 'StatefulSet', namespace: 'shop', name: 'db' },
      params: { container: 'postgres', cpu: { request: '500m', limit: '1' } },
    },
  ],

  async wish(ctx, workload, params) {
    const name = displayName(workload.metadata);
    const unrollable = cannotRoll(workload);
    const problems = unrollable ? [unrollable] : [];
    const index = containerIndex(workload, params.container);
    if (typeof index === 'string') return { set: [], problems: [...problems, index], summary: `${name} resources` };
    const path = CONTAINERS + pointer(index);
    const raised = raise(valueAt(workload, `${path}/resources`) as JsonObject | undefined, changesOf(params));
    const container = String(valueAt(workload, `${path}/name`));
    const describe = ({ field, from, to }: (typeof raised.raised)[number]) =>
      `${field.resource} ${field.side.slice(0, -1)} ${from ?? 'none'} → ${to}`;
    return {
      set: raised.raised.map(({ field, to }) => ({
        path: `${path}/resources/${field.side}/${field.resource}`,
        value: to,
      })),
      guards: [`${path}/name`],
      problems: [...problems, ...raised.problems],
      warnings: [...raised.notes, ...(await stuckPods(ctx, workload))],
      summary: `${name}/${container} ${raised.raised.map(describe).join(', ') || 'resources unchanged'}`,
    };
  },

  /** Success conditions: see `waitForRollout`, with the resources that we set. */
  async verify(ctx, step, validation) {
    return waitForRollout(ctx, {
      target: validatedTarget(validation),
      stableForMs: step.params.stableSeconds * 1000,
      changed(workload) {
        const lost = validation.diff.find(
          ({ path, after }) => JSON.stringify(valueAt(workload, path)) !== JSON.stringify(after),
        );
        return (
          lost &&
          `${lost.path} is ${JSON.stringify(valueAt(workload, lost.path))} now, written by ${describeWriters(writersOf(workload, lost.path))}`
        );
      },
    });
  },
});

/** The StatefulSet controller waits for a broken pod to become Ready before it replaces it, which then never happens. */
async function stuckPods(ctx: ActionContext, workload: KubeObject): Promise<string[]> {
  if (!isOrdered(workload)) return [];
  const { namespace } = workload.metadata;
  const labelSelector = selectorText(workload.spec?.selector);
  const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector });
  const broken = items.find((pod) => !isReady(pod));
  return broken
    ? [`${broken.metadata.name} is not ready: an ordered StatefulSet does not replace it by itself, delete the pod too`]
    : [];
}
