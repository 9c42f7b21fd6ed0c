import { z } from 'zod';
import { defineAction } from '../../contract';
import { deleteOnce } from './pods/delete-one';
import { controllerOf, isMirrorPod, isTerminating } from './pods/pod';
import { preflight, refuseIf } from './target/preflight';
import { displayName, refOfObject, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { waitUntil } from './wait/wait-until';

const params = z
  .strictObject({
    gracePeriodSeconds: z
      .int()
      .min(0)
      .max(3_600)
      .optional()
      .describe('How long the pod may take to end, in seconds. Default: what it asks for.'),
    force: z
      .boolean()
      .default(false)
      .describe(
        'Remove the object at once, without waiting for the kubelet: its processes may still run. Default false.',
      ),
  })
  .refine(({ force, gracePeriodSeconds }) => !force || gracePeriodSeconds === undefined, {
    error: 'force means no grace period: leave gracePeriodSeconds out',
  })
  .refine(({ force, gracePeriodSeconds }) => force || gracePeriodSeconds !== 0, {
    error: 'gracePeriodSeconds 0 removes the object at once: say force',
    path: ['gracePeriodSeconds'],
  });
type Params = z.infer<typeof params>;

/** `terminating`: it was on its way out before us; only `force` has anything to add then. */
type DeleteImage = { uid: string; terminating: boolean };

export const deletePod = defineAction<Params, DeleteImage>({
  name: 'delete_pod',
  executor: 'kubernetes',
  description: 'Deletes one pod, with or without a controller that creates it again.',
  whenToUse: 'A pod hangs in Terminating, is finished or failed and in the way, or has no controller.',
  whenNotToUse: 'The pod shall come back healthy: restart_pod checks that it does.',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'pod',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['Pod'],
  permissions: [{ apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'delete'] }],
  params,
  examples: [
    { title: 'Delete a pod', target: { kind: 'Pod', namespace: 'shop', name: 'job-x' }, params: {} },
    {
      title: 'A pod of a node that is gone',
      target: { kind: 'Pod', namespace: 'shop', name: 'db-0' },
      params: { force: true },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const pod = await preflight(ctx, target, deletePod);
    const terminating = isTerminating(pod);
    refuseIf(target, isMirrorPod(pod) ? ['it is a static pod of the kubelet: deleting it changes nothing'] : []);
    await ctx.cluster.delete(refOfObject(pod), {
      uid: pod.metadata.uid,
      gracePeriodSeconds: graceOf(step.params),
      dryRun: true,
    });
    const owner = controllerOf(pod);
    const warnings = [
      owner ? `${owner.kind} ${owner.name} will create another one` : 'it has no controller: nothing creates it again',
    ];
    if (step.params.force) warnings.push('force: its containers may go on running while another pod takes its place');
    if (step.params.force && owner?.kind === 'StatefulSet')
      warnings.push('force on a StatefulSet may let two pods of one identity run');
    const noEffect = terminating && !step.params.force;
    if (terminating) warnings.push('it is being deleted already');
    return {
      target: resolvedTarget(target, pod),
      before: { uid: pod.metadata.uid, terminating },
      diff: noEffect ? [] : [{ path: '', before: `Pod ${displayName(target)} (uid ${pod.metadata.uid})` }],
      warnings,
      summary: `${step.params.force ? 'force-delete' : 'delete'} pod ${displayName(target)}`,
      noEffect,
      ...(step.params.force && { approval: 'force removes the pod while its processes may still run' }),
    };
  },

  execute: (ctx, step, validation) =>
    deleteOnce(ctx, {
      target: validatedTarget(validation),
      gracePeriodSeconds: graceOf(step.params),
      // Only a forced delete has an effect on a pod that is terminating; a second one finds it gone.
      evenTerminating: step.params.force,
    }),

  /** True when no pod of this uid exists: a 404, or another uid under the same name. */
  async verify(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const result = await waitUntil(ctx, {
      what: `deletion of pod ${displayName(target)}`,
      queries: [
        { apiVersion: 'v1', kind: 'Pod', namespace: target.namespace, fieldSelector: `metadata.name=${target.name}` },
      ],
      evaluate: ([pods = []]) => {
        const pod = pods.find((each) => each.metadata.uid === target.uid);
        if (!pod) return { state: 'met', value: pods[0]?.metadata.uid ?? '' };
        const { finalizers = [] } = pod.metadata;
        const held = finalizers.length > 0 ? `, held by ${finalizers.join(', ')}` : '';
        return { state: 'waiting', reason: isTerminating(pod) ? `still terminating${held}` : 'not deleted' };
      },
    });
    if (!result.met) return refuted(result.reason);
    return proven(`pod ${displayName(target)} of uid ${target.uid} is gone`, {
      uid: target.uid,
      ...(result.value && { successor: result.value }),
    });
  },
});

function graceOf({ force, gracePeriodSeconds }: Params): number | undefined {
  return force ? 0 : gracePeriodSeconds;
}
