import type { JsonObject } from '../../../../plan/json';
import type { Target } from '../../../../plan/model';
import type { Stage } from '../../../conformance/fixture';

/** A pod of a staged workload; `broken`: it is not Ready, and stays so. */
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
    // Its image is changed in place to one that does not exist; KWOK lets pods of a tag `broken…` crash.
    const spec = pod.spec as { containers: JsonObject[] };
    const containers = spec.containers.map((each) => ({ ...each, image: 'registry.k8s.io/pause:broken' }));
    await kube.merge(ref, { spec: { ...spec, containers } as JsonObject });
    const conditions = [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }];
    await kube.merge(ref, { status: { conditions } }, 'status');
  }
  return ref;
}
