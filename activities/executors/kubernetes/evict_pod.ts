import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { Effect } from '../../../plan/step-io';
import { defineAction, type ActionContext } from '../../contract';
import { budgetHeadroom } from './drain/drain-preview';
import { evictOne } from './pods/evict-one';
import { drainVerdict } from './pods/drain-filters';
import { waitUntilGone } from './pods/wait-until-gone';
import { controllerOf } from './pods/pod';
import { preflight, refuseIf } from './target/preflight';
import { displayName, resolvedTarget, targetOf, validatedTarget } from './target/read-target';

const params = z.strictObject({
  gracePeriodSeconds: z
    .int()
    .min(0)
    .max(3_600)
    .optional()
    .describe('How long the pod may take to end, in seconds. Default: what it asks for.'),
  deadlineSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(300)
    .describe('So long a PodDisruptionBudget that allows no eviction is waited for, in seconds. Default 300.'),
  deleteEmptyDirData: z
    .boolean()
    .default(false)
    .describe('Evict the pod even if it has emptyDir volumes; their data is lost. Default false.'),
  evictUnmanaged: z
    .boolean()
    .default(false)
    .describe('Evict the pod even if it has no controller; nothing creates it again. Default false.'),
});
type Params = z.infer<typeof params>;

/** `terminating`: it was on its way out before us, so there is nothing to evict. */
type EvictImage = { uid: string; terminating: boolean };

export const evictPod = defineAction<Params, EvictImage>({
  name: 'evict_pod',
  executor: 'kubernetes',
  description: 'Evicts one pod through the eviction API: a PodDisruptionBudget is waited for, never passed over.',
  whenToUse: 'A pod shall move to another node or start anew, and its service must not fall below its budget.',
  whenNotToUse:
    'All pods of a node shall go (drain_node), or the pod hangs and its budget can never be met (delete_pod).',
  risk: 'medium',
  reversibility: 'irreversible',
  disruption: 'pod',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['Pod'],
  permissions: [
    { apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'watch'] },
    { apiGroup: '', resource: 'pods/eviction', verbs: ['create'] },
    { apiGroup: 'policy', resource: 'poddisruptionbudgets', verbs: ['list'] },
  ],
  params,
  examples: [
    { title: 'Evict one pod', target: { kind: 'Pod', namespace: 'shop', name: 'web-7d4b9-x2x' }, params: {} },
    {
      title: 'Wait up to ten minutes for its budget',
      target: { kind: 'Pod', namespace: 'shop', name: 'db-0' },
      params: { deadlineSeconds: 600, deleteEmptyDirData: true },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const pod = await preflight(ctx, target, evictPod);
    const { uid, namespace = '', name } = pod.metadata;
    const verdict = drainVerdict(pod, step.params);
    const { items: budgets } = await ctx.cluster.list({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      namespace,
    });
    // Finished pods are in it with no budget to ask.
    const { problems } = budgetHeadroom([pod], budgets);
    if (verdict.is === 'refuse') problems.push(verdict.why);
    // What a drain passes over for being a DaemonSet's may well be meant when it is named.
    const owner = controllerOf(pod);
    if (verdict.is === 'skip' && owner?.kind !== 'DaemonSet') problems.push(`it is a ${verdict.why}`);
    refuseIf(target, problems);
    const terminating = verdict.is === 'leaving';
    const warnings: string[] = [];
    if (terminating) warnings.push('it is being deleted already');
    else {
      const probe = await ctx.cluster
        .evict({ namespace, name }, { uid, gracePeriodSeconds: step.params.gracePeriodSeconds, dryRun: true })
        .catch((error: unknown) => error);
      if (probe instanceof KubernautError && probe.code === 'DISRUPTION_BUDGET') {
        warnings.push(`not yet: ${probe.message.replace(/^evict Pod \S+: /, '')}`);
      } else if (probe instanceof Error) throw probe;
      if (owner?.kind === 'DaemonSet') warnings.push('its DaemonSet will create another one on the same node');
    }
    return {
      target: resolvedTarget(target, pod),
      before: { uid, terminating },
      diff: terminating ? [] : [{ path: '', before: `Pod ${displayName(target)} (uid ${uid})` }],
      warnings,
      summary: `evict pod ${displayName(target)}`,
      noEffect: terminating,
    };
  },

  async execute(ctx, step, validation): Promise<Effect> {
    const target = validatedTarget(validation);
    const name = displayName(target);
    const data = { pod: name, uid: target.uid };
    if (validation.before.terminating)
      return { changed: false, summary: `pod ${name} was being deleted already`, data };
    const { gracePeriodSeconds, deadlineSeconds } = step.params;
    const outcome = await evictOne(until(ctx, deadlineSeconds * 1000), { target, gracePeriodSeconds });
    if (outcome === 'evicted') {
      return { changed: true, summary: `pod ${name} evicted`, data, irreversible: [`pod ${name} was evicted`] };
    }
    if (ctx.attempt === 1) return { changed: false, summary: `pod ${name} left, without our doing`, data };
    const by = `pod ${name} left, evicted by an earlier attempt of this step or deleted by somebody else`;
    return { changed: true, summary: by, data, irreversible: [by] };
  },

  verify: (ctx, _step, validation) => waitUntilGone(ctx, validatedTarget(validation)),
});

/** The same context with a nearer deadline. */
function until(ctx: ActionContext, ms: number): ActionContext {
  return Object.create(ctx, {
    deadline: { value: Math.min(ctx.deadline, ctx.clock.now() + ms) },
  }) as ActionContext;
}
