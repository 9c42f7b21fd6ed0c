import type { JsonObject } from '../../../plan/json';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import type { WorkloadOptions } from '../../conformance/staging-workloads';
import { valueAt } from './fields/json-pointer';

const CONTAINERS = '/spec/template/spec/containers';

async function stageKind({ kube, workload }: Stage, options: WorkloadOptions): Promise<Staged> {
  const target = await workload({ ...options, container: { resources: { limits: { memory: '64Mi' } } } });
  const setMemory = async (memory: string) => {
    const [container] = valueAt(await kube.get(target), CONTAINERS) as JsonObject[];
    const containers = [{ ...container, resources: { limits: { memory } } }];
    return kube.merge(target, { spec: { template: { spec: { containers } } } });
  };
  return {
    target,
    params: { memory: { limit: { factor: 2, cap: '1Gi' } }, stableSeconds: 1 },
    read: async () => valueAt(await kube.get(target), `${CONTAINERS}/0/resources`),
    tamper: () => setMemory('64Mi'),
    foreignChange: () => setMemory('256Mi'),
  };
}

export const conformance = defineFixture({
  action: 'increase_resources',
  stage: (stage) => stageKind(stage, { replicas: 2 }),
  variants: {
    StatefulSet: (stage) => stageKind(stage, { kind: 'StatefulSet', replicas: 1 }),
    DaemonSet: async (stage) => stageKind(stage, { kind: 'DaemonSet', podSpec: (await stage.node()).podSpec }),
  },
});
