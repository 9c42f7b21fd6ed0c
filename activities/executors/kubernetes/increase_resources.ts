import type { JsonObject } from '../../../plan/json';
import type { KubeObject } from '../../cluster/cluster';
import { defineAction, type ActionContext, type ActionDefinition, type Permission } from '../../contract';
import { fieldAction } from './fields/field-action';
import { pointer, valueAt } from './fields/json-pointer';
import { describeWriters, writersOf } from './fields/managed-fields';
import type { FieldImage } from './fields/set-fields';
import { isReady } from './pods/pod';
import { CONTAINERS, containerIndex } from './rollout/containers';
import { raise } from './rollout/raise-resources';
import { resizePermissions, resizePod } from './rollout/resize-pod';
import { changesOf, increaseParams, type IncreaseParams } from './rollout/resource-params';
import { waitForRollout } from './rollout/wait-for-rollout';
import { cannotRoll, isOrdered, WORKLOAD_KINDS } from './rollout/workload';
import { selectorText } from './pods/label-selector';
import { verticalAutoscalersOf } from './target/other-writers';
import { displayName, validatedTarget } from './target/read-target';

const POD_READS: Permission = { apiGroup: '', resource: 'pods', verbs: ['list', 'watch'] };

const onWorkload = fieldAction<IncreaseParams>({
  name: 'increase_resources',
  description:
    'Raises CPU or memory requests and limits of one container; never lowers any. The pods of a workload are replaced; a Pod is resized in place (Kubernetes 1.33).',
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
    POD_READS,
    { apiGroup: 'autoscaling.k8s.io', resource: 'verticalpodautoscalers', verbs: ['list'] },
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
    {
      title: 'A pod in place: nothing is restarted, and later pods do not have it',
      target: { kind: 'Pod', namespace: 'shop', name: 'db-0' },
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
      warnings: [
        ...raised.notes,
        ...(await verticalAutoscalersOf(ctx, workload, container)),
        ...(await stuckPods(ctx, workload)),
      ],
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

const onPod = defineAction<IncreaseParams, FieldImage>({
  ...(onWorkload as unknown as ActionDefinition<IncreaseParams, FieldImage>),
  ...resizePod,
});

/**
 * On a workload its template changes, and with it every pod. On a Pod only that pod changes, in place: of a bare pod all there
 * is, of a workload's pod a help until the workload is changed too. Each needs only its own permissions.
 */
export const increaseResources: ActionDefinition = {
  ...onWorkload,
  targetKinds: [...WORKLOAD_KINDS, 'Pod'],
  permissions: [...onWorkload.permissions.filter((each) => each !== POD_READS), ...resizePermissions],
  validate: (ctx, step) => onKind(step).validate(ctx, step),
  execute: (ctx, step, validation) => onKind(step).execute(ctx, step, validation),
  verify: (ctx, step, validation, effect) => onKind(step).verify(ctx, step, validation, effect),
  rollback: (ctx, step, validation, effect) => onKind(step).rollback!(ctx, step, validation, effect),
};

function onKind({ target }: { target?: { kind: string } }): ActionDefinition {
  return target?.kind === 'Pod' ? onPod : onWorkload;
}

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
