import type { Target } from '../../../../plan/model';
import type { Stage } from '../../../conformance/fixture';

/** A pod of a staged workload; `broken`: it is said not to be ready. */
export async function stagedPod(
  { kube, namespace }: Stage,
  owner: { name: string },
  { broken = false } = {},
): Promise<Omit<Target, 'cluster'>> {
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `app=${owner.name}` });
  const pod = pods.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (!pod) throw new Error(`${owner.name} has no pod`);
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.metadata.name };
  if (broken) {
    const conditions = [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }];
    await kube.merge(ref, { status: { conditions } }, 'status');
  }
  return ref;
}
