import type { JsonObject } from '../../../plan/json';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { PAUSE_IMAGE, type WorkloadOptions } from '../../conformance/staging-workloads';
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

/** A bare pod, resized in place; the node of the development stack has what it asks for at once. */
async function stagePod({ kube, namespace, name, canary }: Stage): Promise<Staged> {
  const target = { apiVersion: 'v1', kind: 'Pod', namespace, name: name('bare') };
  const resources = { requests: { memory: '64Mi' }, limits: { memory: '64Mi' } };
  const env = [{ name: 'API_TOKEN', value: canary }];
  const containers = [{ name: 'web', image: PAUSE_IMAGE, env, resources }];
  const spec = { terminationGracePeriodSeconds: 1, containers };
  await kube.create({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: target.name }, spec });
  const isRunning = async () =>
    JSON.stringify((await kube.get(target)).status ?? {}).includes('"running"') || undefined;
  await kube.until(`${target.name} running`, isRunning);
  const both = { factor: 2, cap: '1Gi' };
  return {
    target,
    params: { memory: { request: both, limit: both }, stableSeconds: 0.2 },
    read: async () => valueAt(await kube.get(target), '/spec/containers/0/resources'),
  };
}

export const conformance = defineFixture({
  action: 'increase_resources',
  stage: (stage) => stageKind(stage, { replicas: 2 }),
  unusedPermissions: {
    'verticalpodautoscalers.autoscaling.k8s.io list': 'a cluster without the CRD has none to list',
  },
  variants: {
    Pod: stagePod,
    StatefulSet: (stage) => stageKind(stage, { kind: 'StatefulSet', replicas: 1 }),
    DaemonSet: async (stage) => stageKind(stage, { kind: 'DaemonSet', podSpec: (await stage.node()).podSpec }),
  },
});
