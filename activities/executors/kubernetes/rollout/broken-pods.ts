import { KubernautError } from '../../../../plan/errors';
import type { ResolvedTarget } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { retryConflicts } from '../fields/retry-conflicts';
import { selectorText } from '../pods/label-selector';
import { isControlledBy, isReady, isTerminating, nameSome } from '../pods/pod';
import { displayName, refOfObject } from '../target/read-target';
import { waitUntil } from '../wait/wait-until';
import { isOrdered } from './workload';

/** Set by the controller on each pod: the revision it was made from. */
const REVISION_LABEL = 'controller-revision-hash';

/** For the preview of a new template: which pods will have to be deleted, since the controller would wait for them for ever. */
export async function brokenPodsWarning(ctx: ActionContext, workload: KubeObject): Promise<string[]> {
  if (!isOrdered(workload)) return [];
  const broken = (await podsOf(ctx, workload)).filter((pod) => !isTerminating(pod) && !isReady(pod));
  if (broken.length === 0) return [];
  const names = nameSome(broken.map((pod) => pod.metadata.name));
  return [`not ready, so deleted to let the ordered StatefulSet replace them: ${names}`];
}

/**
 * The controller of an OrderedReady StatefulSet waits for a broken pod to become Ready before it replaces it, which never
 * happens when the broken template was the trouble: pods that are not Ready and not of the new revision are deleted here, each
 * by uid and version. First the controller must have seen the new template, else it would make them from the old one again.
 */
export async function replaceBrokenPods(ctx: ActionContext, target: ResolvedTarget & { uid: string }): Promise<void> {
  if (target.kind !== 'StatefulSet') return;
  const name = displayName(target);
  const { apiVersion, kind, namespace } = target;
  const observed = await waitUntil(ctx, {
    what: `new revision of ${name}`,
    queries: [{ apiVersion, kind, namespace, fieldSelector: `metadata.name=${target.name}` }],
    evaluate: ([sets = []]) => {
      const set = sets.find((each) => each.metadata.uid === target.uid);
      if (!set) return { state: 'failed', reason: 'the StatefulSet was deleted' };
      // The revision in the status is that of the generation it speaks of.
      return set.status?.observedGeneration === set.metadata.generation
        ? { state: 'met', value: set }
        : { state: 'waiting', reason: 'the controller has not seen the change yet' };
    },
  });
  if (!observed.met || !isOrdered(observed.value)) return;
  const set = observed.value;
  await retryConflicts(ctx, async () => {
    const stuck = (await podsOf(ctx, set)).filter(
      (pod) =>
        !isTerminating(pod) &&
        !isReady(pod) &&
        pod.metadata.labels?.[REVISION_LABEL] !== String(set.status?.updateRevision),
    );
    for (const pod of stuck) {
      ctx.progress(`deleting ${pod.metadata.name}, which is broken and of an old revision`);
      const { uid, resourceVersion } = pod.metadata;
      await ctx.cluster.delete(refOfObject(pod), { uid, resourceVersion }).catch(unlessGone);
    }
  });
}

async function podsOf(ctx: ActionContext, set: KubeObject): Promise<KubeObject[]> {
  const { items } = await ctx.cluster.list({
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: set.metadata.namespace,
    labelSelector: selectorText(set.spec?.selector),
  });
  return items.filter((pod) => isControlledBy(pod, set.metadata.uid));
}

function unlessGone(error: unknown): void {
  const gone =
    error instanceof KubernautError && (error.code === 'TARGET_NOT_FOUND' || error.code === 'TARGET_REPLACED');
  if (!gone) throw error;
}
