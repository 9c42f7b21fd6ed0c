import { z } from 'zod';
import type { KubeObject } from '../../cluster/cluster';
import type { ActionContext } from '../../contract';
import { fieldAction } from './fields/field-action';
import { describeWriters, writersOf } from './fields/managed-fields';
import { wishOf } from './fields/recorded-field';
import { count, deploymentFailure, isObserved } from './rollout/deployment-conditions';
import { autoscalersOf } from './target/other-writers';
import { displayName, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { persisting } from './wait/persisting';
import { waitUntil, type Verdict } from './wait/wait-until';

const REPLICAS = '/spec/replicas';

const params = z
  .strictObject({
    replicas: z.int().min(0).max(10_000).optional().describe('Number of replicas wished for.'),
    by: z
      .int()
      .min(-1_000)
      .max(1_000)
      .optional()
      .describe('Add so many replicas to the present number; negative: take away.'),
    factor: z.number().positive().max(10).optional().describe('Multiply the present number of replicas, rounded up.'),
    max: z.int().min(0).max(10_000).default(100).describe('Refuse to scale beyond so many replicas. Default 100.'),
  })
  .refine(({ replicas, by, factor }) => [replicas, by, factor].filter((each) => each !== undefined).length === 1, {
    error: 'give exactly one of replicas, by, factor',
  });
type Params = z.infer<typeof params>;

/**
 * True when
 * 1. the controller has observed the latest generation — before that, counts and conditions speak of an older spec;
 * 2. `spec.replicas` is still what we set — an autoscaler or a person may have set it again;
 * 3. as many pods exist as wished, and all of them are ready — existing pods alone serve nobody.
 * False at once when 2 is broken, the rollout's progress deadline is exceeded, or pods cannot be created (quota, admission)
 * for 2 s: a failure left over from before clears with the controller's next sync.
 */
function judge(
  deployment: KubeObject | undefined,
  wished: number,
  failedFor: ReturnType<typeof persisting>,
): Verdict<KubeObject> {
  if (!deployment) return { state: 'failed', reason: 'the Deployment was deleted' };
  const set = count(deployment.spec?.replicas);
  if (set !== wished) {
    return {
      state: 'failed',
      reason: `replicas was set to ${set} by ${describeWriters(writersOf(deployment, REPLICAS))}`,
    };
  }
  if (!isObserved(deployment)) return { state: 'waiting', reason: 'the controller has not seen the change yet' };
  const { replicas, readyReplicas } = deployment.status ?? {};
  const [exist, ready] = [count(replicas), count(readyReplicas)];
  if (exist === wished && ready === wished) return { state: 'met', value: deployment };
  const failure = deploymentFailure(deployment);
  const { lasted, leftMs } = failedFor(failure !== undefined);
  if (failure && lasted) return { state: 'failed', reason: failure };
  return {
    state: 'waiting',
    reason: `${ready} of ${wished} replicas ready, ${exist} exist`,
    recheckInMs: failure ? leftMs : undefined,
  };
}

export const scaleDeployment = fieldAction<Params>({
  name: 'scale_deployment',
  description: 'Sets the number of replicas of a Deployment, absolutely or relative to the present number.',
  whenToUse:
    'The workload is healthy but has too little (or far too much) capacity, and no HorizontalPodAutoscaler owns it.',
  whenNotToUse: 'An HPA owns it (change the HPA), or its pods crash: more replicas of a broken version heal nothing.',
  risk: 'medium',
  disruption: 'workload',
  targetKinds: ['Deployment'],
  permissions: [
    { apiGroup: 'apps', resource: 'deployments', verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroup: 'autoscaling', resource: 'horizontalpodautoscalers', verbs: ['list'] },
  ],
  params,
  examples: [
    { title: 'Five replicas', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: { replicas: 5 } },
    {
      title: 'Half as many again, never more than 12',
      target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      params: { factor: 1.5, max: 12 },
    },
  ],

  async wish(ctx: ActionContext, object: KubeObject, { replicas, by, factor, max }: Params) {
    const now = count(object.spec?.replicas);
    const wished = replicas ?? (factor === undefined ? now + (by ?? 0) : Math.ceil(now * factor));
    const problems: string[] = [];
    if (wished > max) problems.push(`${wished} replicas are more than max (${max})`);
    if (wished < 0) problems.push(`${wished} replicas: it has only ${now}`);
    const warnings = await autoscalersOf(ctx, object).catch(() => ['HorizontalPodAutoscalers could not be read']);
    if (wished === 0 && now > 0) warnings.push('scales to zero: nothing serves any more');
    return {
      set: [{ path: REPLICAS, value: wished }],
      problems,
      warnings,
      summary: `${displayName(object.metadata)} replicas ${now} → ${wished}`,
    };
  },

  data: ({ diff, before }) => {
    const previous = before.fields.map(wishOf)[0]?.value ?? 0;
    return { replicas: diff[0]?.after ?? previous, previous };
  },

  async verify(ctx, _step, validation, effect) {
    const target = validatedTarget(validation);
    const wished = count(effect.data.replicas);
    const name = displayName(target);
    const failedFor = persisting(ctx.clock, 2_000);
    const result = await waitUntil(ctx, {
      what: `scaling ${name} to ${wished}`,
      queries: [
        {
          apiVersion: target.apiVersion,
          kind: 'Deployment',
          namespace: target.namespace,
          fieldSelector: `metadata.name=${target.name}`,
        },
      ],
      evaluate: ([deployments = []]) =>
        judge(
          deployments.find((each) => each.metadata.uid === target.uid),
          wished,
          failedFor,
        ),
    });
    if (!result.met) return refuted(`${name}: ${result.reason}`);
    const { status, metadata } = result.value;
    return proven(`${name}: ${wished} of ${wished} replicas ready`, {
      replicas: count(status?.replicas),
      ready: count(status?.readyReplicas),
      generation: metadata.generation ?? 0,
    });
  },
});
