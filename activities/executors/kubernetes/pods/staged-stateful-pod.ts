import type { JsonObject } from '../../../../plan/json';
import { uniqueName } from '../../../conformance/staging-workloads';
import type { Stage } from '../../../conformance/fixture';
import type { KubeObject } from '../../../cluster/cluster';

type Tools = Pick<Stage, 'kube' | 'namespace' | 'defer'>;

/**
 * A StatefulSet of one pod that is stuck on its claim, with a free volume of its class for the next one: `missing` has no claim,
 * `lost` one whose volume is gone.
 */
export async function stageStuckPod({ kube, namespace, defer }: Tools, state: 'missing' | 'lost') {
  const name = uniqueName('db');
  const pod = { apiVersion: 'v1', kind: 'Pod', namespace, name: `${name}-0` };
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: `data-${name}-0` };
  const volume = (suffix: string) => ({ apiVersion: 'v1', kind: 'PersistentVolume', name: `${name}-${suffix}` });
  await createVolume({ kube, defer }, volume('old').name, name);
  await kube.create(statefulSet(namespace, name));
  await kube.rolledOut({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name });
  if (state === 'lost') {
    await kube.startRemoval(volume('old'));
    await kube.merge(volume('old'), { metadata: { finalizers: null } });
    await kube.until('the claim lost', async () => (await kube.get(claim)).status?.phase === 'Lost' || undefined);
    await kube.remove(pod);
    await kube.until('the pod unschedulable', async () => pick(await kube.find(pod), 'PodScheduled'));
  } else {
    // The controller itself makes the missing claim of a pod that is Pending; it does not of one that runs (simulated by KWOK).
    await kube.merge(pod, { metadata: { annotations: { 'kubernaut.dev/test-never-ready': 'true' } } });
    await kube.until('the pod unready', async () => pick(await kube.find(pod), 'Ready'));
    await kube.startRemoval(claim);
    await kube.merge(claim, { metadata: { finalizers: null } });
    await kube.until('no claim', async () => (await kube.find(claim)) === undefined || undefined);
  }
  await createVolume({ kube, defer }, volume('new').name, name);
  return { pod, claim, uid: (await kube.get(pod)).metadata.uid };
}

/** The pod once its condition of that type is False. */
function pick(pod: KubeObject | undefined, condition: string): KubeObject | undefined {
  const conditions = (pod?.status?.conditions ?? []) as JsonObject[];
  const fails = conditions.some(({ type, status }) => type === condition && status === 'False');
  return pod && !pod.metadata.deletionTimestamp && fails ? pod : undefined;
}

async function createVolume({ kube, defer }: Pick<Tools, 'kube' | 'defer'>, name: string, storageClass: string) {
  const volume = { apiVersion: 'v1', kind: 'PersistentVolume', name };
  await kube.create({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: storageClass,
      csi: { driver: 'example.com', volumeHandle: name },
    },
  });
  defer(() => kube.startRemoval(volume));
  await kube.until(
    'the volume available',
    async () => (await kube.get(volume)).status?.phase === 'Available' || undefined,
  );
}

function statefulSet(namespace: string, name: string): JsonObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { namespace, name },
    spec: {
      replicas: 1,
      serviceName: name,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            { name: 'db', image: 'registry.k8s.io/pause:3.10', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            storageClassName: name,
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
    },
  };
}
