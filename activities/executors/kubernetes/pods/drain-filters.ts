import type { KubeObject } from '../../../cluster/cluster';
import { controllerOf, emptyDirVolumes, isFinished, isMirrorPod, isTerminating, podName } from './pod';

export interface DrainRules {
  /** Evict pods without a controller too: nothing creates them again. */
  evictUnmanaged: boolean;
  /** Evict pods with emptyDir volumes too: their data is lost. */
  deleteEmptyDirData: boolean;
}

/** `leaving`: on its way out already, only waited for. `skip`: stays on the node, rightly. */
export type DrainVerdict =
  { is: 'evict' } | { is: 'leaving' } | { is: 'skip'; why: string } | { is: 'refuse'; why: string };

type Filter = (pod: KubeObject, rules: DrainRules) => DrainVerdict | undefined;

/**
 * In order, the first that answers decides; after kubectl's drain package (filters.go). A refusal names the parameter that
 * would override it.
 */
const filters: readonly Filter[] = [
  (pod) => (isTerminating(pod) ? { is: 'leaving' } : undefined),
  (pod) => (isMirrorPod(pod) ? { is: 'skip', why: 'static pod of the kubelet' } : undefined),
  // A finished pod disrupts nobody and has no data left in use, whoever owns it.
  (pod) => (isFinished(pod) ? { is: 'evict' } : undefined),
  (pod) =>
    controllerOf(pod)?.kind === 'DaemonSet'
      ? { is: 'skip', why: 'pod of a DaemonSet, which ignores cordons' }
      : undefined,
  (pod, { evictUnmanaged }) =>
    !evictUnmanaged && controllerOf(pod) === undefined
      ? { is: 'refuse', why: `${podName(pod)} has no controller that would create it again (evictUnmanaged)` }
      : undefined,
  (pod, { deleteEmptyDirData }) =>
    !deleteEmptyDirData && emptyDirVolumes(pod).length > 0
      ? {
          is: 'refuse',
          why: `${podName(pod)} would lose its emptyDir data: ${emptyDirVolumes(pod).join(', ')} (deleteEmptyDirData)`,
        }
      : undefined,
];

export function drainVerdict(pod: KubeObject, rules: DrainRules): DrainVerdict {
  for (const filter of filters) {
    const verdict = filter(pod, rules);
    if (verdict) return verdict;
  }
  return { is: 'evict' };
}

export interface DrainList {
  evict: KubeObject[];
  leaving: KubeObject[];
  /** Non-empty: nothing may be touched. */
  refused: string[];
}

export function drainList(pods: readonly KubeObject[], rules: DrainRules): DrainList {
  const list: DrainList = { evict: [], leaving: [], refused: [] };
  for (const pod of pods) {
    const verdict = drainVerdict(pod, rules);
    if (verdict.is === 'evict') list.evict.push(pod);
    if (verdict.is === 'leaving' && !isDaemonOrMirror(pod)) list.leaving.push(pod);
    if (verdict.is === 'refuse') list.refused.push(verdict.why);
  }
  return list;
}

/** A DaemonSet pod that is being replaced is none of a drain's business, and its successor comes right back. */
function isDaemonOrMirror(pod: KubeObject): boolean {
  return isMirrorPod(pod) || controllerOf(pod)?.kind === 'DaemonSet';
}
