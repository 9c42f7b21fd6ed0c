import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { Effect } from '../../../plan/step-io';
import type { KubeObject } from '../../cluster/cluster';
import { describeRef } from '../../cluster/resource-path';
import { defineAction, type ActionContext } from '../../contract';
import { retryConflicts } from './fields/retry-conflicts';
import { finalizersOf, remainingContent, removeFinalizer } from './objects/finalizers';
import { isFinished, isTerminating, nameSome, podName } from './pods/pod';
import { claimsOf } from './pods/stateful-claims';
import { waitUntilGone } from './pods/wait-until-gone';
import { otherWriters } from './target/other-writers';
import { preflight, refuseIf } from './target/preflight';
import { refOf, resolvedTarget, targetOf, validatedTarget } from './target/read-target';

const params = z.strictObject({
  finalizer: z
    .string()
    .min(1)
    .max(317)
    .regex(/^[a-zA-Z0-9]([-a-zA-Z0-9_./]*[a-zA-Z0-9])?$/, 'must be the name of a finalizer: example.com/cleanup')
    .describe('The one to take away, by its full name. Others stay, and hold the object as before.'),
  olderThanSeconds: z
    .int()
    .min(0)
    .max(604_800)
    .optional()
    .describe(
      'So long the object must have been in deletion, in seconds. Default, and at least: `actions.kubernetes.finalizers.minAgeSeconds` of the settings.',
    ),
  orphanContent: z
    .boolean()
    .default(false)
    .describe(
      'For `kubernetes` of a Namespace: give up what is still in it, which stays in the database without a namespace. Default false.',
    ),
});
type Params = z.infer<typeof params>;
type StuckImage = { finalizers: string[] };

export const deleteFinalizerStuck = defineAction<Params, StuckImage>({
  name: 'delete_finalizer_stuck',
  executor: 'kubernetes',
  description:
    'Lets a Namespace, a PersistentVolumeClaim or a pod go that hangs in deletion, by taking one named finalizer away. What its controller would have cleaned up is left behind.',
  whenToUse:
    'An object has been Terminating for long, and the controller of the finalizer that holds it is gone for good.',
  whenNotToUse: 'The controller is down for a while or still busy: it would clean up what is lost otherwise.',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'workload',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['Namespace', 'PersistentVolumeClaim', 'Pod'],
  permissions: [
    { apiGroup: '', resource: 'namespaces', verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroup: '', resource: 'namespaces/finalize', verbs: ['update'] },
    { apiGroup: '', resource: 'persistentvolumeclaims', verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'patch'] },
  ],
  params,
  examples: [
    {
      title: 'A claim whose backup operator was uninstalled',
      target: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data-db-0' },
      params: { finalizer: 'backup.example.com/snapshot' },
    },
    {
      title: 'A namespace in deletion for an hour, whatever is left in it',
      target: { kind: 'Namespace', name: 'shop-pr-12' },
      params: { finalizer: 'kubernetes', olderThanSeconds: 3_600, orphanContent: true },
    },
  ],

  validate(ctx, step) {
    const target = targetOf(step);
    const { finalizer } = step.params;
    return retryConflicts(ctx, async () => {
      const object = await preflight(ctx, target, deleteFinalizerStuck);
      const all = finalizersOf(object);
      refuseIf(target, [
        ...tooYoung(ctx, object, step.params),
        ...notHeldBy(object, finalizer),
        ...(await stillUsed(ctx, object, step.params)),
      ]);
      await removeFinalizer(ctx, object, finalizer, { dryRun: true });
      const others = all.filter((each) => each.finalizer !== finalizer).map((each) => each.finalizer);
      const warnings = [`what ${finalizer} stands for is not cleaned up any more: look for what is left behind`];
      if (others.length > 0) warnings.push(`also held by ${nameSome(others)}: it stays until these are gone too`);
      warnings.push(...remainingContent(object), ...otherWriters(object, []));
      return {
        target: resolvedTarget(target, object),
        before: { finalizers: all.map((each) => each.finalizer) },
        diff: all
          .filter((each) => each.finalizer === finalizer)
          .map(({ place }) => ({
            path: `/${place}/finalizers`,
            before: namesIn(object, place),
            after: namesIn(object, place).filter((each) => each !== finalizer),
          })),
        warnings,
        summary: `take finalizer ${finalizer} from ${describeRef(target)}`,
        noEffect: false,
        approval: 'it lets go what a controller still holds back',
      };
    });
  },

  execute(ctx, step, validation): Promise<Effect> {
    const target = validatedTarget(validation);
    const { finalizer } = step.params;
    const name = describeRef(target);
    const data = { uid: target.uid, finalizer };
    const irreversible = [`finalizer ${finalizer} was taken from ${name}, and what it stood for was not cleaned up`];
    return retryConflicts(ctx, async () => {
      const object = await ctx.cluster.find(refOf(target));
      if (object?.metadata.uid === target.uid && finalizersOf(object).some((each) => each.finalizer === finalizer)) {
        try {
          await removeFinalizer(ctx, object, finalizer);
          return { changed: true, summary: validation.summary, data, irreversible };
        } catch (error) {
          const gone = error instanceof KubernautError && ['TARGET_NOT_FOUND', 'TARGET_REPLACED'].includes(error.code);
          if (!gone) throw error;
        }
      }
      // An earlier attempt of ours may have done it and lost its answer; on the first attempt it was somebody else.
      if (ctx.attempt === 1)
        return { changed: false, summary: `${name} is no longer held by ${finalizer}, without our doing`, data };
      const by = `${finalizer} was taken from ${name} by an earlier attempt of this step or by somebody else`;
      return { changed: true, summary: by, data, irreversible };
    });
  },

  verify: (ctx, _step, validation) => waitUntilGone(ctx, validatedTarget(validation)),
});

function tooYoung(ctx: ActionContext, object: KubeObject, { olderThanSeconds = 0 }: Params): string[] {
  if (!isTerminating(object)) return ['it is not being deleted: delete it first'];
  const needed = Math.max(olderThanSeconds, ctx.settings.kubernetes.finalizers.minAgeSeconds);
  // Of a pod it is the moment until which it may take its time.
  const age = Math.floor((ctx.clock.now() - Date.parse(object.metadata.deletionTimestamp ?? '')) / 1000);
  return age >= needed ? [] : [`it has been in deletion for ${age} s, ${needed} s are needed`];
}

function notHeldBy(object: KubeObject, finalizer: string): string[] {
  const names = finalizersOf(object).map((each) => each.finalizer);
  return names.includes(finalizer) ? [] : [`${finalizer} does not hold it (${nameSome(names) || 'no finalizer does'})`];
}

/** What two finalizers of Kubernetes itself protect, which nothing else would. */
async function stillUsed(
  ctx: ActionContext,
  object: KubeObject,
  { finalizer, orphanContent }: Params,
): Promise<string[]> {
  const { kind, metadata } = object;
  if (kind === 'Namespace' && finalizer === 'kubernetes' && !orphanContent)
    return [`what is left in it would stay in the database without a namespace (orphanContent)`];
  if (kind !== 'PersistentVolumeClaim') return [];
  const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: metadata.namespace });
  const users = items.filter((pod) => claimsOf(pod).includes(metadata.name) && !isFinished(pod));
  return users.length > 0 ? [`pods use it: ${nameSome(users.map(podName))}`] : [];
}

function namesIn(object: KubeObject, place: 'metadata' | 'spec'): string[] {
  return finalizersOf(object)
    .filter((each) => each.place === place)
    .map((each) => each.finalizer);
}
