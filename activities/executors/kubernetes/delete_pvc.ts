import { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import type { KubeObject } from '../../cluster/cluster';
import { defineAction, type ActionContext } from '../../contract';
import { deleteExactly } from './objects/delete-exactly';
import { isFinished, isTerminating, nameSome, podName } from './pods/pod';
import { waitUntilGone } from './pods/wait-until-gone';
import { otherWriters } from './target/other-writers';
import { preflight, refuseIf } from './target/preflight';
import { displayName, refOfObject, resolvedTarget, targetOf, validatedTarget } from './target/read-target';

const params = z.strictObject({
  loseData: z
    .boolean()
    .default(false)
    .describe('Delete it even though its volume is deleted with it (reclaim policy Delete). Default false.'),
});
type Params = z.infer<typeof params>;
type ClaimImage = { volume: string; reclaimPolicy: string };

export const deletePvc = defineAction<Params, ClaimImage>({
  name: 'delete_pvc',
  executor: 'kubernetes',
  description:
    'Deletes a PersistentVolumeClaim that no pod uses, and with it its volume where the reclaim policy says so.',
  whenToUse: 'A claim is left over, or is bound to a volume that is lost, so that a StatefulSet cannot go on.',
  whenNotToUse: 'Its data may still be needed: take a snapshot_pvc first.',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'workload',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['PersistentVolumeClaim'],
  permissions: [
    { apiGroup: '', resource: 'persistentvolumeclaims', verbs: ['get', 'list', 'watch', 'delete'] },
    { apiGroup: '', resource: 'persistentvolumes', verbs: ['get'] },
    { apiGroup: '', resource: 'pods', verbs: ['list'] },
  ],
  params,
  examples: [
    {
      title: 'A claim whose volume is retained',
      target: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data-db-2' },
      params: {},
    },
    {
      title: 'With all its data',
      target: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'scratch' },
      params: { loseData: true },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const claim = await preflight(ctx, target, deletePvc);
    const { uid, namespace, name } = claim.metadata;
    const volume = typeof claim.spec?.volumeName === 'string' ? claim.spec.volumeName : '';
    const [reclaimPolicy, users] = await Promise.all([policyOf(ctx, volume), podsUsing(ctx, namespace, name)]);
    const problems: string[] = [];
    // The claim would stay in Terminating until they are gone, and no new pod could use it.
    if (users.length > 0) problems.push(`pods use it: ${nameSome(users.map(podName))}`);
    if (reclaimPolicy === 'Delete' && !step.params.loseData)
      problems.push(`its volume ${volume} and the data in it would be deleted (loseData)`);
    refuseIf(target, problems);
    await ctx.cluster.delete(refOfObject(claim), { uid, dryRun: true });
    const terminating = isTerminating(claim);
    const fate =
      volume === ''
        ? 'it has no volume'
        : `its volume ${volume} is ${reclaimPolicy === 'Delete' ? 'deleted with all data' : `kept (${reclaimPolicy || 'unknown'})`}`;
    return {
      target: resolvedTarget(target, claim),
      before: { volume, reclaimPolicy },
      diff: terminating ? [] : [{ path: '', before: `PersistentVolumeClaim ${displayName(target)} (uid ${uid})` }],
      // Whoever keeps the claim makes it anew, and empty.
      warnings: [fate, ...(terminating ? ['it is being deleted already'] : []), ...otherWriters(claim, [])],
      summary: `delete volume claim ${displayName(target)}`,
      noEffect: terminating,
      approval: 'nothing brings a volume claim back',
    };
  },

  execute(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const { volume, reclaimPolicy } = validation.before;
    const lost = reclaimPolicy === 'Delete' ? `, and volume ${volume} with its data` : '';
    return deleteExactly(ctx, target, { irreversible: [`volume claim ${displayName(target)} was deleted${lost}`] });
  },

  verify: (ctx, _step, validation) => waitUntilGone(ctx, validatedTarget(validation)),
});

async function policyOf(ctx: ActionContext, volume: string): Promise<string> {
  if (volume === '') return '';
  const found = await ctx.cluster.find({ apiVersion: 'v1', kind: 'PersistentVolume', name: volume });
  return typeof found?.spec?.persistentVolumeReclaimPolicy === 'string' ? found.spec.persistentVolumeReclaimPolicy : '';
}

async function podsUsing(ctx: ActionContext, namespace: string | undefined, claim: string): Promise<KubeObject[]> {
  const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
  return items.filter((pod) => {
    const volumes = (pod.spec?.volumes ?? []) as JsonObject[];
    const uses = volumes.some((each) => (each.persistentVolumeClaim as JsonObject | undefined)?.claimName === claim);
    return uses && !isFinished(pod);
  });
}
