import type { JsonObject } from '../../../../plan/json';
import type { Stage, Staged } from '../../../conformance/fixture';
import type { WorkloadOptions } from '../../../conformance/staging-workloads';
import { valueAt } from '../fields/json-pointer';
import { stagedPod } from './staged-pod';

/** For the conformance of the rollback actions: a workload of two revisions, or a pod of it as the target. */
export async function stageRollback(
  stage: Stage,
  options: WorkloadOptions,
  { byPod = false, broken = false } = {},
): Promise<Staged> {
  const { kube, workload } = stage;
  const owner = await workload({ replicas: 1, ...options });
  const containers = valueAt(await kube.get(owner), '/spec/template/spec/containers') as JsonObject[];
  const release = (tier: string) =>
    kube.merge(owner, {
      spec: { template: { spec: { containers: containers.map((each) => ({ ...each, args: [tier] })) } } },
    });
  await release('second');
  await kube.rolledOut(owner);
  const pod = byPod || broken ? await stagedPod(stage, owner, { broken }) : undefined;
  return {
    target: byPod ? pod : owner,
    params: { stableSeconds: 1 },
    read: async () => valueAt(await kube.get(owner), '/spec/template'),
    tamper: () => release('second'),
    foreignChange: () => release('fixed-by-hand'),
  };
}
