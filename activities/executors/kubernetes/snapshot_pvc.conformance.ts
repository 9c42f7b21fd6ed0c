import { setTimeout as sleep } from 'node:timers/promises';
import { defineFixture, NotApplicable } from '../../conformance/fixture';
import { stageClaim } from './objects/staged-claim';
import { SNAPSHOT_API } from './snapshots/volume-snapshot';

export const conformance = defineFixture({
  action: 'snapshot_pvc',
  async stage(stage) {
    const { kube, namespace, name, defer } = stage;
    const kind = { apiVersion: SNAPSHOT_API, kind: 'VolumeSnapshot' };
    if (!(await kube.discovery.resource('snapshot.storage.k8s.io', 'volumesnapshots')))
      throw new NotApplicable('the cluster has no CRDs for snapshots');
    const target = await stageClaim(stage);
    const own = { apiVersion: SNAPSHOT_API, kind: 'VolumeSnapshotClass', name: name('class') };
    const { apiVersion } = own;
    await kube.create({
      ...{ apiVersion, kind: own.kind, metadata: { name: own.name } },
      ...{ driver: 'example.com', deletionPolicy: 'Delete' },
    });
    defer(() => kube.startRemoval(own));
    const snapshots = () => kube.list({ ...kind, namespace });
    // What the snapshot controller and the driver do: they make the snapshot, and say when it is ready.
    stage.play(async (signal) => {
      while (!signal.aborted) {
        for (const { metadata, status } of await snapshots().catch(() => [])) {
          if (status?.readyToUse === true) continue;
          await stage.watched('volumesnapshots', signal);
          const ref = { ...kind, namespace, name: metadata.name };
          await kube.merge(ref, { status: { readyToUse: true, restoreSize: '1Gi' } }, 'status').catch(() => undefined);
        }
        await sleep(100, undefined, { signal });
      }
    });
    return {
      target,
      params: { class: own.name },
      read: async () => (await snapshots()).map(({ spec }) => spec ?? {}),
      tamper: async () => {
        for (const { metadata } of await snapshots()) await kube.remove({ ...kind, namespace, name: metadata.name });
      },
      foreignChange: async () => {
        for (const { metadata } of await snapshots())
          await kube.merge({ ...kind, namespace, name: metadata.name }, { metadata: { labels: { keep: 'yes' } } });
      },
    };
  },
  notApplicable: {
    'stale-plan': 'it makes something new: before that there is nothing that others could have changed',
  },
});
