import type { Stage, Staged } from '../../../conformance/fixture';
import type { WorkloadOptions } from '../../../conformance/staging-workloads';
import { valueAt } from '../fields/json-pointer';
import { RESTARTED_BY } from './restart-action';

/** For the conformance of the restart actions: a workload, or a pod of it as the target. */
export async function stageRestart(
  { kube, namespace, workload }: Stage,
  options: WorkloadOptions,
  { byPod = false, broken = false } = {},
): Promise<Staged> {
  const owner = await workload({ replicas: 1, ...options });
  const set = (value: string) =>
    kube.merge(owner, { spec: { template: { metadata: { annotations: { [RESTARTED_BY]: value } } } } });
  const podNamed = async () => {
    const [pod] = await kube.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `app=${owner.name}` });
    return { apiVersion: 'v1', kind: 'Pod', namespace, name: pod!.metadata.name };
  };
  if (broken) {
    const conditions = [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }];
    await kube.merge(await podNamed(), { status: { conditions } }, 'status');
  }
  return {
    target: byPod ? await podNamed() : owner,
    params: { stableSeconds: 1 },
    read: async () => valueAt(await kube.get(owner), '/spec/template'),
    tamper: () => set('undone'),
    foreignChange: () => set('somebody'),
  };
}
