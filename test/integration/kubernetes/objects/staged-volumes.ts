import { kubectl, waitFor } from '../../../setup';
import { apply, read, suffix } from '../fixtures';

export interface VolumeOptions {
  expandable?: boolean;
  reclaim?: string;
  /** Of the CSI driver example.com. Default true. */
  csi?: boolean;
}

export interface StagedVolumes {
  /** A claim bound to its own volume; nobody provisions or resizes here, so the test is the storage driver. Its name. */
  claim(options?: VolumeOptions): Promise<string>;
  remove(): Promise<void>;
}

export function stageVolumes(namespace: string): StagedVolumes {
  const volumes: string[] = [];
  return {
    async claim(options = {}) {
      const name = `volume-${suffix()}`;
      volumes.push(name);
      await claim(namespace, name, options);
      return name;
    },
    async remove() {
      if (volumes.length === 0) return;
      await kubectl(['delete', 'pv,storageclass', ...volumes, '--ignore-not-found', '--wait=false']);
    },
  };
}

async function claim(
  namespace: string,
  name: string,
  { expandable = true, reclaim = 'Retain', csi = true }: VolumeOptions,
): Promise<void> {
  const spec = { storageClassName: name, accessModes: ['ReadWriteOnce'] };
  await apply({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name },
        provisioner: 'example.com/none',
        allowVolumeExpansion: expandable,
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name },
        spec: {
          ...spec,
          capacity: { storage: '1Gi' },
          persistentVolumeReclaimPolicy: reclaim,
          ...(csi ? { csi: { driver: 'example.com', volumeHandle: name } } : { hostPath: { path: '/tmp' } }),
        },
      },
    ],
  });
  // A claim that is seen before its volume is looked at again only after 15 s.
  await waitFor(
    async () => (await read('PersistentVolume', name)).status?.phase,
    (phase) => phase === 'Available',
  );
  await apply({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { ...spec, volumeName: name, resources: { requests: { storage: '1Gi' } } },
  });
  await waitFor(
    async () => (await read('PersistentVolumeClaim', name, namespace)).status?.phase,
    (phase) => phase === 'Bound',
    { timeout: 30_000 },
  );
}
