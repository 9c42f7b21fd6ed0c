import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../../plan/json';
import type { Stage } from '../../../conformance/fixture';
import { finalizersOf } from './finalizers';

export const HOLD = 'example.com/hold';
type StuckKind = 'Namespace' | 'PersistentVolumeClaim' | 'Pod';
const OTHER = 'example.com/other';

/**
 * An object in deletion that a finalizer holds; freed when the check ends. One with it in its metadata is held by a second one,
 * which goes half a second after the first: whoever waits for its end has something to wait for.
 */
export async function stageStuck(
  { kube, namespace, name, defer }: Pick<Stage, 'kube' | 'namespace' | 'name' | 'defer'>,
  kind: StuckKind,
  place: 'metadata' | 'spec' = 'metadata',
) {
  const own = name('stuck');
  const where: Record<string, string> = kind === 'Namespace' ? {} : { namespace };
  const target = { apiVersion: 'v1', kind, ...where, name: own };
  const metadata = { name: own, ...where, ...(place === 'metadata' && { finalizers: [HOLD, OTHER] }) };
  const spec = specs(own, place)[kind];
  const { uid } = (await kube.create({ apiVersion: 'v1', kind, metadata, spec })).metadata;
  const held = async () => {
    const found = await kube.find(target);
    return found?.metadata.uid === uid && finalizersOf(found).some(({ finalizer }) => finalizer === HOLD);
  };
  const ended = new AbortController();
  const free = async () => {
    const found = await kube.find(target);
    if (found?.metadata.uid === uid && found.metadata.finalizers)
      await kube.merge(target, { metadata: { finalizers: null } }).catch(() => undefined);
  };
  const following = place === 'metadata' ? follow() : undefined;
  async function follow(): Promise<void> {
    while (!ended.signal.aborted) {
      await sleep(100);
      if (await held().catch(() => true)) continue;
      await sleep(500);
      return free();
    }
  }
  if (place === 'metadata')
    defer(async () => {
      ended.abort();
      await following;
      await free();
    });
  await kube.startRemoval(target);
  await kube.until(`${own} held by finalizers alone`, async () => {
    const now = await kube.get(target);
    const names = finalizersOf(now).map(({ finalizer }) => finalizer);
    const wished = place === 'metadata' ? [HOLD, OTHER] : [HOLD];
    return now.metadata.deletionTimestamp !== undefined && names.join() === wished.join() ? true : undefined;
  });
  return { target, uid, held };
}

function specs(storageClassName: string, place: 'metadata' | 'spec'): Record<StuckKind, JsonObject> {
  return {
    // The namespace controller takes its own away and leaves the other.
    Namespace: { finalizers: ['kubernetes', ...(place === 'spec' ? [HOLD] : [])] },
    PersistentVolumeClaim: {
      storageClassName,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
    Pod: { terminationGracePeriodSeconds: 1, containers: [{ name: 'web', image: 'registry.k8s.io/pause:3.10' }] },
  };
}
