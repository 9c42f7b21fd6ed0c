import type { Stage } from '../../../conformance/fixture';

/** A claim bound to a volume of its own, both gone when the check ends; the class only exists for its name and its flag. */
export async function stageClaim({ kube, namespace, name, defer }: Stage) {
  const own = name('volume');
  const storage = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: own };
  const volume = { apiVersion: 'v1', kind: 'PersistentVolume', name: own };
  const target = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: own };
  await kube.create({
    apiVersion: storage.apiVersion,
    kind: storage.kind,
    metadata: { name: own },
    provisioner: 'example.com/none',
    allowVolumeExpansion: true,
  });
  defer(() => kube.startRemoval(storage));
  await kube.create({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: own },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: own,
      csi: { driver: 'example.com', volumeHandle: own },
    },
  });
  defer(() => kube.startRemoval(volume));
  // A claim that is seen before its volume is looked at again only after 15 s.
  await kube.until('the volume available', async () =>
    (await kube.get(volume)).status?.phase === 'Available' ? true : undefined,
  );
  await kube.create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { namespace, name: own },
    spec: {
      storageClassName: own,
      volumeName: own,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
  });
  await kube.until('the claim bound', async () =>
    (await kube.get(target)).status?.phase === 'Bound' ? true : undefined,
  );
  return target;
}
