import { KubernautError } from '../../../plan/errors';
import { defineAction, type ActionContext, type ActionValidation } from '../../contract';
import { drainPreview, type PlannedPod } from './drain/drain-preview';
import { drainParams, nodeLost, nodeQuery, podsOn, type DrainParams } from './drain/drained-node';
import { runDrain } from './drain/run-drain';
import { UNSCHEDULABLE } from './fields/scheduling-action';
import { dryRunFields } from './fields/dry-run';
import { retryConflicts } from './fields/retry-conflicts';
import { restoreFields, setFields, type FieldImage } from './fields/set-fields';
import { drainList } from './pods/drain-filters';
import { nameSome, podName } from './pods/pod';
import { otherWriters } from './target/other-writers';
import { preflight, refuseIf } from './target/preflight';
import { readTarget, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { waitUntil } from './wait/wait-until';

/** Before-image: the cordon, and the pods that were to be evicted, so that a repeated execute can name them too. */
export type DrainImage = FieldImage & { pods: PlannedPod[] };

export const drainNode = defineAction<DrainParams, DrainImage>({
  name: 'drain_node',
  executor: 'kubernetes',
  description:
    'Cordons a node and evicts its pods, honouring PodDisruptionBudgets, up to the timeout of the step; pods of DaemonSets and static pods stay.',
  whenToUse: 'A node must be emptied: failing hardware, kernel or kubelet trouble, maintenance.',
  whenNotToUse: 'Only one workload on it is unwell (restart its pod), or no other node has room for the pods.',
  risk: 'high',
  reversibility: 'compensatable',
  disruption: 'node',
  readOnly: false,
  clusterScoped: true,
  foreseeable: true,
  targetKinds: ['Node'],
  permissions: [
    { apiGroup: '', resource: 'nodes', verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroup: '', resource: 'pods', verbs: ['list', 'watch'] },
    { apiGroup: '', resource: 'pods/eviction', verbs: ['create'] },
    { apiGroup: 'policy', resource: 'poddisruptionbudgets', verbs: ['list'] },
  ],
  params: drainParams,
  examples: [
    { title: 'Empty a node', target: { kind: 'Node', name: 'node-1' }, params: {} },
    {
      title: 'Also pods with scratch data, five at a time',
      target: { kind: 'Node', name: 'node-1' },
      params: { deleteEmptyDirData: true, maxConcurrent: 5 },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    return retryConflicts(ctx, async () => {
      const node = await preflight(ctx, target, drainNode);
      const preview = await drainPreview(ctx, node, podsOn(target.name, step.params), step.params);
      refuseIf(target, preview.problems);
      const { before, diff } = await dryRunFields(ctx, node, { set: [{ path: UNSCHEDULABLE, value: true }] });
      return {
        target: resolvedTarget(target, node),
        before: { ...before, pods: preview.pods },
        diff,
        warnings: [...preview.warnings, ...otherWriters(node, [])],
        summary: `drain ${target.name}: ${preview.count} pods to evict${diff.length === 0 ? ', cordoned already' : ''}`,
        noEffect: diff.length === 0 && preview.count === 0,
      };
    });
  },

  async execute(ctx, step, validation) {
    const target = validatedTarget(validation);
    await readTarget(ctx, target);
    await refuseUnclean(ctx, target.name, step.params);
    const { changed } = await setFields(ctx, cordonOf(validation));
    const effect = await runDrain(ctx, { target, params: step.params, planned: validation.before.pods });
    return { ...effect, changed: changed || effect.changed };
  },

  /**
   * True when
   * 1. the node is still unschedulable — else new pods come as fast as the old ones go;
   * 2. no pod that the drain's rules would evict is on it, by a fresh list;
   * 3. no such pod is still terminating there — its volumes and devices are in use until it is gone.
   * False at once when 1 is broken: somebody took the node back.
   */
  async verify(ctx, step, validation) {
    const target = validatedTarget(validation);
    const result = await waitUntil(ctx, {
      what: `drain of ${target.name}`,
      queries: [nodeQuery(target.name), podsOn(target.name, step.params)],
      evaluate: ([nodes = [], pods = []]) => {
        const node = nodes.find((each) => each.metadata.uid === target.uid);
        const lost = nodeLost(node);
        if (lost) return { state: 'failed', reason: lost };
        const { evict, leaving, refused } = drainList(pods, step.params);
        if (refused.length > 0) return { state: 'failed', reason: nameSome(refused, 5) };
        const rest = [...evict, ...leaving];
        return rest.length > 0
          ? { state: 'waiting', reason: `${rest.length} pods still on it: ${nameSome(rest.map(podName), 3)}` }
          : { state: 'met', value: pods.length };
      },
    });
    if (!result.met) return refuted(`${target.name}: ${result.reason}`);
    return proven(`${target.name} is cordoned and has no evictable pod left`, {
      remaining: result.value,
      evictable: 0,
    });
  },

  /** Uncordons; the evictions stay. Without a result of execute, the pods that are gone since the preview tell of them. */
  async rollback(ctx, step, validation, effect) {
    const undone = await restoreFields(ctx, cordonOf(validation));
    const irreversible = effect?.irreversible ?? (await goneSince(ctx, validation, step.params));
    return irreversible.length > 0 ? { ...undone, irreversible } : undone;
  },
});

function cordonOf(validation: ActionValidation<DrainImage>): ActionValidation<FieldImage> {
  const { pods: _, ...image } = validation.before;
  return { ...validation, before: image, noEffect: validation.diff.length === 0 };
}

/** Pods that were to be evicted and are on the node no more, each as a sentence. */
async function goneSince(
  ctx: ActionContext,
  validation: ActionValidation<DrainImage>,
  rules: DrainParams,
): Promise<string[]> {
  const { items } = await ctx.cluster.list(podsOn(validatedTarget(validation).name, rules));
  const staying = new Set(items.filter((pod) => !pod.metadata.deletionTimestamp).map((pod) => pod.metadata.uid));
  const gone = validation.before.pods.filter(({ uid }) => !staying.has(uid));
  return gone.map(({ name }) => `pod ${name} left the node during the drain, evicted or by itself`);
}

/** Nothing is touched until the whole list is clean; pods may have come since validate. */
async function refuseUnclean(ctx: ActionContext, node: string, rules: DrainParams): Promise<void> {
  const { items } = await ctx.cluster.list(podsOn(node, rules));
  const { refused } = drainList(items, rules);
  if (refused.length > 0)
    throw new KubernautError('PRECONDITION_FAILED', `${node} is not drained: ${nameSome(refused)}`);
}
