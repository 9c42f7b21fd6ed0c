import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { KubeObject } from '../../cluster/cluster';
import { defineAction, type ActionContext } from '../../contract';
import { deleteOnce } from './pods/delete-one';
import { controllerOf, isControlledBy, isReady, isTerminating, nameSome, stuckReason } from './pods/pod';
import { brokenClaims, ownClaimsOf, type BrokenClaim } from './pods/stateful-claims';
import { StabilityWindow } from './rollout/stability';
import { stableSeconds } from './rollout/stable-seconds';
import { preflight, refusal } from './target/preflight';
import { displayName, refOfObject, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { waitUntil } from './wait/wait-until';

const params = z.strictObject({
  deleteLostClaims: z
    .boolean()
    .default(false)
    .describe('Delete claims whose volume is lost, so that new ones can be made. Default false: only missing claims.'),
  stableSeconds,
});
type Params = z.infer<typeof params>;

type RecreateImage = { set: { name: string; uid: string }; claims: Array<{ name: string; uid?: string }> };

/**
 * Irreversible, and not compensatable, since there is nothing that another act could bring back:
 * - the pod that is deleted serves nobody (a ready one is refused): it waits for a claim that is missing, or has one that is lost;
 * - a lost claim points to a volume that the cluster has no more; made again it would be lost again, and keep the new pod from
 *   starting. What a pod may still have mounted of such a volume goes with it, hence `deleteLostClaims`;
 * - deleting the claim and the pod that came in their place would delete what was written to the new volume since.
 * Where the new pod does not get ready, the StatefulSet goes on trying by itself, and verify says what it hangs on.
 */
export const recreateStatefulSetPod = defineAction<Params, RecreateImage>({
  name: 'recreate_statefulset_pod',
  executor: 'kubernetes',
  description:
    'Deletes a pod of a StatefulSet that is stuck on a missing or lost volume claim, so that its controller makes claim and pod anew, with an empty volume. It cannot be undone: the old pod serves nobody, and taking the new claim away again would delete what has been written to it.',
  whenToUse:
    'A pod of a StatefulSet stays Pending because its PersistentVolumeClaim is gone or Lost, and its data can be rebuilt (from replicas, a backup).',
  whenNotToUse:
    'The volume can still be found again: bind the claim to it. The pod is stuck on anything else: restart_pod.',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'pod',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['Pod'],
  permissions: [
    { apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'delete'] },
    { apiGroup: '', resource: 'persistentvolumeclaims', verbs: ['get', 'list', 'watch', 'delete'] },
    { apiGroup: 'apps', resource: 'statefulsets', verbs: ['get'] },
  ],
  params,
  examples: [
    { title: 'A claim that was deleted', target: { kind: 'Pod', namespace: 'shop', name: 'db-1' }, params: {} },
    {
      title: 'A claim whose volume is lost',
      target: { kind: 'Pod', namespace: 'shop', name: 'db-1' },
      params: { deleteLostClaims: true },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const pod = await preflight(ctx, target, recreateStatefulSetPod);
    const [set, claims] = await Promise.all([setOf(ctx, pod), brokenClaims(ctx, pod)]);
    const lost = claims.filter(({ uid }) => uid !== undefined);
    const problems = refusals(pod, set, claims);
    if (lost.length > 0 && !step.params.deleteLostClaims)
      problems.push(
        `the volume of ${nameSome(lost.map(({ name }) => name))} is lost, and the claim must go too (deleteLostClaims)`,
      );
    if (!set || problems.length > 0) throw refusal(target, problems);
    const { uid } = pod.metadata;
    await ctx.cluster.delete(refOfObject(pod), { uid, dryRun: true });
    for (const claim of lost)
      await ctx.cluster.delete(claimRef(pod.metadata.namespace, claim.name), { uid: claim.uid, dryRun: true });
    return {
      target: resolvedTarget(target, pod),
      before: { set: { name: set.metadata.name, uid: set.metadata.uid }, claims },
      diff: [
        { path: '', before: `Pod ${displayName(target)} (uid ${uid})` },
        ...lost.map((claim) => ({
          path: `PersistentVolumeClaim ${claim.name}`,
          before: `Lost (uid ${String(claim.uid)})`,
        })),
      ],
      warnings: [`the new volume is empty: the data of ${nameSome(claims.map(({ name }) => name))} does not come back`],
      summary: `recreate pod ${displayName(target)} with ${nameSome(
        claims.map(({ name }) => name),
        5,
      )}`,
      noEffect: false,
    };
  },

  /** The claims first: the pod that is made next must not find them. They stay, terminating, until the old pod is gone. */
  async execute(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const found = await ctx.cluster.find({
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: target.namespace,
      name: target.name,
    });
    const there = found?.metadata.uid === target.uid;
    const deleted = there ? await deleteLost(ctx, target.namespace, validation.before.claims) : [];
    const effect = await deleteOnce(ctx, { target });
    const lost = validation.before.claims.filter(({ uid }) => uid !== undefined).map(({ name }) => name);
    const gone = effect.changed || deleted.length > 0 ? lost : [];
    return {
      ...effect,
      changed: effect.changed || deleted.length > 0,
      irreversible: [
        ...(effect.irreversible ?? []),
        ...gone.map((name) => `volume claim ${name}, whose volume was lost, was deleted`),
      ],
    };
  },

  /**
   * True when
   * 1. the old pod and the lost claims are gone by uid — until then nothing new can have their names;
   * 2. each claim is there again and Bound — a claim that finds no volume is the next thing the pod would hang on;
   * 3. the pod of that name belongs to the same StatefulSet and is Ready, and stays so for `stableSeconds`.
   * False at once when the new pod restarts again and again.
   */
  async verify(ctx, step, validation) {
    const target = validatedTarget(validation);
    const { set, claims } = validation.before;
    const { namespace, name } = target;
    const stability = new StabilityWindow(ctx.clock, step.params.stableSeconds * 1000);
    const result = await waitUntil(ctx, {
      what: `new pod ${displayName(target)}`,
      queries: [
        { apiVersion: 'v1', kind: 'Pod', namespace, fieldSelector: `metadata.name=${name}` },
        { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace },
      ],
      evaluate: ([pods = [], all = []]) => {
        const pod = pods[0];
        if (pod?.metadata.uid === target.uid) return { state: 'waiting', reason: 'the old pod is still there' };
        const waiting = claims.flatMap((claim) => {
          const found = all.find(({ metadata }) => metadata.name === claim.name);
          if (!found) return [`${claim.name} is not there`];
          if (found.metadata.uid === claim.uid) return [`the lost ${claim.name} is still there`];
          return found.status?.phase === 'Bound'
            ? []
            : [`${claim.name} is ${String(found.status?.phase ?? 'Pending')}`];
        });
        if (waiting.length > 0) return { state: 'waiting', reason: nameSome(waiting) };
        if (!pod || !isControlledBy(pod, set.uid)) return { state: 'waiting', reason: 'no new pod yet' };
        const stable = stability.look([pod]);
        if (stable.is === 'crashing') return { state: 'failed', reason: stable.reason };
        if (stable.is === 'settling')
          return { state: 'waiting', reason: 'ready, watching whether it stays so', recheckInMs: stable.leftMs };
        if (stable.is === 'unready') return { state: 'waiting', reason: stable.reason };
        return { state: 'met', value: { name, uid: pod.metadata.uid } };
      },
    });
    if (!result.met) return refuted(`${displayName(target)}: ${result.reason}`);
    const bound = claims.map((claim) => claim.name);
    return proven(`pod ${displayName(target)} is ready on ${nameSome(bound, 5)}`, {
      replacement: result.value,
      claims: bound.slice(0, 20),
    });
  },
});

function refusals(pod: KubeObject, set: KubeObject | undefined, claims: readonly BrokenClaim[]): string[] {
  const problems: string[] = [];
  if (!set) problems.push('it does not belong to a StatefulSet');
  if (isTerminating(pod)) problems.push('it is being deleted already');
  if (isReady(pod)) problems.push('it is ready: it is not stuck');
  if (claims.length === 0) {
    const why = stuckReason(pod);
    problems.push(`all its volume claims are there, none is lost${why ? `; it is stuck on ${why}` : ''} (restart_pod)`);
  }
  const own = set ? ownClaimsOf(set, pod) : [];
  const foreign = claims.filter(({ name }) => set && !own.includes(name)).map(({ name }) => name);
  if (foreign.length > 0) problems.push(`${nameSome(foreign)} is not made by the StatefulSet: nothing makes it again`);
  return problems;
}

async function setOf(ctx: ActionContext, pod: KubeObject): Promise<KubeObject | undefined> {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'StatefulSet' || !owner.apiVersion.startsWith('apps/')) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  const found = await ctx.cluster.find({ apiVersion, kind, namespace: pod.metadata.namespace, name });
  return found?.metadata.uid === uid ? found : undefined;
}

/** Deletes those of these very claims that are still there; returns their names. */
async function deleteLost(
  ctx: ActionContext,
  namespace: string | undefined,
  claims: readonly BrokenClaim[],
): Promise<string[]> {
  const deleted: string[] = [];
  for (const { name, uid } of claims) {
    if (uid === undefined) continue;
    const claim = await ctx.cluster.find(claimRef(namespace, name));
    if (claim?.metadata.uid !== uid || isTerminating(claim)) continue;
    if (claim.status?.phase !== 'Lost')
      throw new KubernautError(
        'TARGET_CHANGED',
        `PersistentVolumeClaim ${name} is ${String(claim.status?.phase)} now, not Lost`,
      );
    await ctx.cluster.delete(claimRef(namespace, name), { uid, resourceVersion: claim.metadata.resourceVersion });
    deleted.push(name);
  }
  return deleted;
}

function claimRef(namespace: string | undefined, name: string) {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name };
}
