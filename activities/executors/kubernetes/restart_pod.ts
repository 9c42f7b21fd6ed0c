import { z } from 'zod';
import type { KubeObject } from '../../cluster/cluster';
import { defineAction } from '../../contract';
import { deleteOnce } from './pods/delete-one';
import { controllerOf, isControlledBy, isMirrorPod, isReady, isTerminating, stuckReason } from './pods/pod';
import { StabilityWindow } from './rollout/stability';
import { preflight, refusal } from './target/preflight';
import { displayName, refOfObject, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { waitUntil } from './wait/wait-until';

const params = z.strictObject({
  gracePeriodSeconds: z
    .int()
    .min(1)
    .max(3_600)
    .optional()
    .describe('How long the pod may take to end, in seconds. Default: what it asks for.'),
  stableSeconds: z
    .number()
    .min(0)
    .max(600)
    .default(3)
    .describe('So long the replacement must stay Ready without a restart, in seconds. Default 3.'),
});
type Params = z.infer<typeof params>;

/**
 * `ready`: Ready pods of the same owner, the target aside. `newest`: creation time of its youngest pod, with the uids of that
 * second, by the server's clock: what was created since is younger, or of the same second and not among them.
 */
type RestartImage = {
  uid: string;
  owner: { kind: string; name: string; uid: string };
  ready: number;
  newest: { at: string; uids: string[] };
};

export const restartPod = defineAction<Params, RestartImage>({
  name: 'restart_pod',
  executor: 'kubernetes',
  description: 'Deletes one pod of a controller and waits until its replacement is Ready.',
  whenToUse:
    'One pod of a workload misbehaves (deadlock, broken connection, full scratch space) and the others do not.',
  whenNotToUse:
    'All pods of the workload are affected (restart_workload, rollback_deployment), or the pod has no controller.',
  risk: 'low',
  reversibility: 'irreversible',
  disruption: 'pod',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['Pod'],
  permissions: [{ apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'delete'] }],
  params,
  examples: [
    { title: 'Replace one pod', target: { kind: 'Pod', namespace: 'shop', name: 'web-7d4b9-x2x' }, params: {} },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const pod = await preflight(ctx, target, restartPod);
    const owner = controllerOf(pod);
    const problems: string[] = [];
    if (!owner) problems.push('it has no controller that would create it again (delete_pod)');
    if (isMirrorPod(pod)) problems.push('it is a static pod of the kubelet: deleting it changes nothing');
    if (isTerminating(pod)) problems.push('it is being deleted already');
    if (!owner || problems.length > 0) throw refusal(target, problems);
    const { uid, namespace } = pod.metadata;
    await ctx.cluster.delete(refOfObject(pod), {
      uid,
      gracePeriodSeconds: step.params.gracePeriodSeconds,
      dryRun: true,
    });
    const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
    const siblings = items.filter((each) => isControlledBy(each, owner.uid));
    const ready = siblings.filter((each) => isReady(each) && each.metadata.uid !== uid).length;
    return {
      target: resolvedTarget(target, pod),
      before: { uid, owner: { kind: owner.kind, name: owner.name, uid: owner.uid }, ready, newest: newestOf(siblings) },
      diff: [{ path: '', before: `Pod ${displayName(target)} (uid ${uid})` }],
      warnings:
        ready === 0
          ? [`no other pod of ${owner.kind} ${owner.name} is ready: the service is down until the new one is`]
          : [],
      summary: `restart pod ${displayName(target)} of ${owner.kind} ${owner.name}`,
      noEffect: false,
    };
  },

  execute: (ctx, step, validation) =>
    deleteOnce(ctx, { target: validatedTarget(validation), gracePeriodSeconds: step.params.gracePeriodSeconds }),

  /**
   * True when
   * 1. the old pod is gone by uid — a terminating pod still holds its volumes and its name;
   * 2. a pod of the same owner that was created since is Ready — the service has its replacement;
   * 3. the owner's other pods are as many Ready as before — the restart cost no other pod;
   * 4. and the replacement stays Ready without a restart for `stableSeconds`: a crashing one is Ready for a moment.
   * False at once when the replacement restarts again and again.
   */
  async verify(ctx, step, validation) {
    const target = validatedTarget(validation);
    const { owner, ready, newest } = validation.before;
    const stability = new StabilityWindow(ctx.clock, step.params.stableSeconds * 1000);
    const result = await waitUntil(ctx, {
      what: `restart of pod ${displayName(target)}`,
      queries: [{ apiVersion: 'v1', kind: 'Pod', namespace: target.namespace }],
      evaluate: ([pods = []]) => {
        if (pods.some((pod) => pod.metadata.uid === target.uid))
          return { state: 'waiting', reason: 'the old pod is still terminating' };
        const own = pods.filter((pod) => isControlledBy(pod, owner.uid) && !isTerminating(pod));
        const since = own.filter((pod) => isSince(pod, newest));
        const good = since.find(isReady);
        if (!good) {
          const crashing = stability.look(since);
          if (crashing.is === 'crashing') return { state: 'failed', reason: crashing.reason };
          const why = since.map(stuckReason).find((each) => each !== undefined);
          return {
            state: 'waiting',
            reason: since.length > 0 ? `the new pod is not ready${why ? ` (${why})` : ''}` : 'no new pod yet',
          };
        }
        const readyNow = own.filter(isReady).length;
        if (readyNow < ready + 1) return { state: 'waiting', reason: `${readyNow} of ${ready + 1} pods ready` };
        const stable = stability.look([good]);
        if (stable.is === 'crashing') return { state: 'failed', reason: stable.reason };
        if (stable.is === 'settling')
          return { state: 'waiting', reason: 'ready, watching whether it stays so', recheckInMs: stable.leftMs };
        return { state: 'met', value: { name: good.metadata.name, uid: good.metadata.uid, ready: readyNow } };
      },
    });
    if (!result.met) return refuted(`${displayName(target)}: ${result.reason}`);
    return proven(`pod ${displayName(target)} replaced by ${result.value.name}, which is ready`, {
      replacement: result.value,
    });
  },
});

function newestOf(pods: readonly KubeObject[]): { at: string; uids: string[] } {
  const created = (pod: KubeObject) => pod.metadata.creationTimestamp ?? '';
  const at = pods.map(created).sort().at(-1) ?? '';
  return {
    at,
    uids: pods
      .filter((pod) => created(pod) === at)
      .map((pod) => pod.metadata.uid)
      .slice(0, 200),
  };
}

function isSince(pod: KubeObject, newest: { at: string; uids: string[] }): boolean {
  const created = pod.metadata.creationTimestamp ?? '';
  return created > newest.at || (created === newest.at && !newest.uids.includes(pod.metadata.uid));
}
