import type { WorkloadBudget } from '../../config/sections/guards';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../cluster/cluster';
import { isFinished, isReady, isTerminating, podName } from '../executors/kubernetes/pods/pod';
import { ownerOf } from '../guarded-owner';

/**
 * Why the pod must not be taken from its workload now; undefined: it may. Counted are the pods of the workload as they are, not
 * its wish: all of a Deployment's ReplicaSets together. Of workloads with one pod, of Jobs and of bare pods nothing is asked,
 * and a pod that is not ready is no loss.
 *
 * @param pods of the pod's namespace
 */
export function workloadExcess(
  pods: readonly KubeObject[],
  uid: string | undefined,
  { minHealthyShare }: WorkloadBudget,
): string | undefined {
  const pod = pods.find((each) => each.metadata.uid === uid);
  const owner = pod && ownerOf(pod);
  if (!owner || owner.kind === 'Job' || !isReady(pod)) return undefined;
  // A ReplicaSet makes the new pod while the old one still ends; all others wait for its name or its place.
  const endsBeside = owner.kind === 'Deployment' || owner.kind === 'ReplicaSet';
  const own = pods.filter(
    (each) => isDeepStrictEqual(ownerOf(each), owner) && !isFinished(each) && !(endsBeside && isTerminating(each)),
  );
  const left = own.filter(isReady).length - 1;
  const needed = Math.ceil(own.length * minHealthyShare);
  if (own.length <= 1 || left >= needed) return undefined;
  const share = `guards.workloads.minHealthyShare is ${minHealthyShare}`;
  return `without pod ${podName(pod)} ${left} of ${own.length} pods of ${owner.kind} ${owner.name} would be ready, ${needed} must be; ${share}`;
}
