import { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import type { KubeObject } from '../../cluster/cluster';
import { fieldAction } from './fields/field-action';
import { pointer, valueAt } from './fields/json-pointer';
import { lostField } from './fields/lost-field';
import type { FieldWish } from './fields/recorded-field';
import { conditionOf, count } from './rollout/deployment-conditions';
import { displayName, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { waitUntil, type Verdict } from './wait/wait-until';

const replicas = z.union([
  z.int().min(1).max(10_000).describe('The value wished for.'),
  z.strictObject({ by: z.int().min(-1_000).max(1_000).describe('Add so many; negative: take away.') }),
  z.strictObject({ factor: z.number().positive().max(10).describe('Multiply, rounded up.') }),
]);
const utilization = z.int().min(1).max(1_000).optional();

const params = z
  .strictObject({
    min: replicas.optional().describe('Fewest replicas: a number, {by} or {factor}.'),
    max: replicas.optional().describe('Most replicas: a number, {by} or {factor}.'),
    cpu: utilization.describe('Average CPU utilization to aim at, in percent of the requests.'),
    memory: utilization.describe('Average memory utilization to aim at, in percent of the requests.'),
    cap: z.int().min(1).max(10_000).default(100).describe('Refuse to let it go beyond so many replicas. Default 100.'),
  })
  .refine(({ min, max, cpu, memory }) => [min, max, cpu, memory].some((each) => each !== undefined), {
    error: 'nothing to change: give min, max, cpu or memory',
  });
type Params = z.infer<typeof params>;

/**
 * An HPA has neither generation nor observedGeneration, so the only proof that its controller has taken the bounds up is what
 * it does by them. True when
 * 1. the fields are still what we set;
 * 2. the controller can scale its target (AbleToScale is not False) and is not switched off by a target of zero replicas;
 * 3. the target's replicas, as the status has them, lie within the bounds — after a change that takes a sync or two (15 s each).
 * Whether metrics can be read is told, and decides nothing: bounds hold without them. A target utilization can only be read back.
 */
function judge(hpa: KubeObject | undefined, lost: (hpa: KubeObject) => string | undefined): Verdict<KubeObject> {
  if (!hpa) return { state: 'failed', reason: 'the HorizontalPodAutoscaler was deleted' };
  const changed = lost(hpa);
  if (changed) return { state: 'failed', reason: changed };
  const active = conditionOf(hpa, 'ScalingActive');
  if (active?.reason === 'ScalingDisabled')
    return { state: 'failed', reason: 'its target is scaled to zero, which switches it off' };
  const able = conditionOf(hpa, 'AbleToScale');
  if (able?.status === 'False')
    return { state: 'failed', reason: `${able.reason}: ${able.message ?? ''}`.slice(0, 300) };
  const { min, max } = boundsOf(hpa);
  const now = count(hpa.status?.currentReplicas);
  return now >= min && now <= max
    ? { state: 'met', value: hpa }
    : { state: 'waiting', reason: `${now} replicas, not yet within ${min} to ${max}` };
}

export const updateHpa = fieldAction<Params>({
  name: 'update_hpa',
  description: 'Changes the bounds or the target utilization of a HorizontalPodAutoscaler.',
  whenToUse:
    'The autoscaler is at its maximum under real load, scales too late, or keeps too few replicas for its job.',
  whenNotToUse:
    'Pods are many because they are slow or crash, or the nodes have no room for more. A deployment tool owns the HPA.',
  risk: 'medium',
  disruption: 'workload',
  targetKinds: ['HorizontalPodAutoscaler'],
  permissions: [
    { apiGroup: 'autoscaling', resource: 'horizontalpodautoscalers', verbs: ['get', 'list', 'watch', 'patch'] },
  ],
  params,
  examples: [
    {
      title: 'Room for half as many again, never more than 40',
      target: { kind: 'HorizontalPodAutoscaler', namespace: 'shop', name: 'web' },
      params: { max: { factor: 1.5 }, cap: 40 },
    },
    {
      title: 'At least four, and scale earlier',
      target: { kind: 'HorizontalPodAutoscaler', namespace: 'shop', name: 'web' },
      params: { min: 4, cpu: 60 },
    },
  ],

  wish(_ctx, hpa, given) {
    const name = displayName(hpa.metadata);
    const problems: string[] = [];
    if (hpa.apiVersion !== 'autoscaling/v2') problems.push(`${hpa.apiVersion} is not supported (autoscaling/v2)`);
    const now = boundsOf(hpa);
    const min = absolute(given.min, now.min);
    const max = absolute(given.max, now.max);
    if (min < 1) problems.push(`min ${min} is less than 1`);
    if (max < min) problems.push(`max ${max} would be less than min ${min}`);
    if (max > given.cap && max > now.max) problems.push(`max ${max} is more than cap (${given.cap})`);
    const set: FieldWish[] = [];
    const guards: string[] = [];
    if (given.min !== undefined) set.push({ path: '/spec/minReplicas', value: min });
    if (given.max !== undefined) set.push({ path: '/spec/maxReplicas', value: max });
    const told = [
      ...(given.min === undefined ? [] : [`min ${now.min} → ${min}`]),
      ...(given.max === undefined ? [] : [`max ${now.max} → ${max}`]),
    ];
    for (const resource of ['cpu', 'memory'] as const) {
      const wished = given[resource];
      if (wished === undefined) continue;
      const index = metricIndex(hpa, resource);
      if (index < 0) {
        problems.push(`it does not scale by average utilization of ${resource}`);
        continue;
      }
      const path = pointer('spec', 'metrics', index, 'resource');
      set.push({ path: `${path}/target/averageUtilization`, value: wished });
      guards.push(`${path}/name`);
      told.push(`${resource} ${String(valueAt(hpa, `${path}/target/averageUtilization`))} → ${wished} %`);
    }
    const current = count(hpa.status?.currentReplicas);
    const warnings = [
      ...(current > max ? [`it has ${current} replicas: ${current - max} of them will go`] : []),
      ...(conditionOf(hpa, 'ScalingActive')?.status === 'False'
        ? [`it does not scale at present: ${conditionOf(hpa, 'ScalingActive')?.reason ?? ''}`]
        : []),
    ];
    return { set, guards, problems, warnings, summary: `HPA ${name} ${told.join(', ')}` };
  },

  async verify(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const { apiVersion, kind, namespace } = target;
    const name = displayName(target);
    const result = await waitUntil(ctx, {
      what: `bounds of HPA ${name}`,
      queries: [{ apiVersion, kind, namespace, fieldSelector: `metadata.name=${target.name}` }],
      evaluate: ([hpas = []]) =>
        judge(
          hpas.find((each) => each.metadata.uid === target.uid),
          (hpa) => lostField(hpa, validation.diff),
        ),
    });
    if (!result.met) return refuted(`HPA ${name}: ${result.reason}`);
    const bounds = boundsOf(result.value);
    const replicas = count(result.value.status?.currentReplicas);
    const scaling = conditionOf(result.value, 'ScalingActive')?.status === 'True';
    return proven(
      `HPA ${name}: ${replicas} replicas within ${bounds.min} to ${bounds.max}${scaling ? '' : ', but its metrics cannot be read'}`,
      { ...bounds, replicas, scaling },
    );
  },
});

/** `minReplicas` is 1 where it is left out. */
function boundsOf(hpa: KubeObject): { min: number; max: number } {
  const { minReplicas = 1, maxReplicas } = hpa.spec ?? {};
  return { min: count(minReplicas), max: count(maxReplicas) };
}

function absolute(wished: Params['min'], now: number): number {
  if (wished === undefined) return now;
  if (typeof wished === 'number') return wished;
  return 'by' in wished ? now + wished.by : Math.ceil(now * wished.factor);
}

function metricIndex(hpa: KubeObject, resource: string): number {
  const metrics = (hpa.spec?.metrics ?? []) as JsonObject[];
  return metrics.findIndex(
    (metric) =>
      valueAt(metric, '/resource/name') === resource && valueAt(metric, '/resource/target/type') === 'Utilization',
  );
}
