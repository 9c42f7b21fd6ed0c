import type { Stage, Staged } from '../../../conformance/fixture';
import type { WorkloadOptions } from '../../../conformance/staging-workloads';
import { valueAt } from '../fields/json-pointer';
import { RESTARTED_BY } from './restart-action';
import { stagedPod } from './staged-pod';

/** For the conformance of the restart actions: a workload, or a pod of it as the target. */
export async function stageRestart(
  stage: Stage,
  options: WorkloadOptions,
  { byPod = false, broken = false } = {},
): Promise<Staged> {
  const { kube, workload } = stage;
  const owner = await workload({ replicas: 1, ...options });
  const set = (value: string) =>
    kube.merge(owner, { spec: { template: { metadata: { annotations: { [RESTARTED_BY]: value } } } } });
  const pod = byPod || broken ? await stagedPod(stage, owner, { broken }) : undefined;
  return {
    target: byPod ? pod : owner,
    params: { stableSeconds: 1 },
    read: async () => valueAt(await kube.get(owner), '/spec/template'),
    tamper: () => set('undone'),
    foreignChange: () => set('somebody'),
  };
}
