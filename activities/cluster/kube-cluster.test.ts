import { KubernautError } from '../../plan/errors';
import type { Discovery } from './discovery';
import { KubeCluster } from './kube-cluster';
import type { Call, Transport } from './transport';

const pods = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

const namespaces = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };

function clusterOver(transport: Partial<Transport>): KubeCluster {
  const resolve = (kind: string) => Promise.resolve(kind === 'Namespace' ? namespaces : pods);
  const discovery = { resolve } as unknown as Discovery;
  return new KubeCluster('test', transport as Transport, discovery);
}

async function namesOf(cluster: KubeCluster): Promise<string[]> {
  const names: string[] = [];
  const { signal } = new AbortController();
  for await (const { object } of cluster.watch({ kind: 'Pod' }, { resourceVersion: '1', signal }))
    names.push(object.metadata.name);
  return names;
}

test('a watch from a version that is too old just ends; other refusals are thrown', async () => {
  const refusing = (error: KubernautError) => clusterOver({ stream: () => Promise.reject(error) });
  const tooOld = new KubernautError('TARGET_NOT_FOUND', 'watch Pod: too old resource version: 1 (77)');
  expect(await namesOf(refusing(tooOld))).toEqual([]);
  await expect(namesOf(refusing(new KubernautError('FORBIDDEN', 'no')))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(namesOf(refusing(new KubernautError('UNAVAILABLE', 'no')))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
});

test('an eviction holds to uid and version, a delete to its preconditions, and a dry-run says so twice', async () => {
  const calls: Call[] = [];
  const cluster = clusterOver({ json: <T>(call: Call) => Promise.resolve(calls.push(call) as T) });
  const pod = { namespace: 'shop', name: 'web-1' };
  await cluster.evict(pod, { uid: 'u', resourceVersion: '7', gracePeriodSeconds: 3, dryRun: true });
  await cluster.delete({ kind: 'Pod', ...pod }, { uid: 'u', gracePeriodSeconds: 0 });
  expect(calls[0]).toMatchObject({
    method: 'POST',
    path: '/api/v1/namespaces/shop/pods/web-1/eviction',
    query: { dryRun: 'All' },
    body: {
      kind: 'Eviction',
      deleteOptions: { preconditions: { uid: 'u', resourceVersion: '7' }, gracePeriodSeconds: 3, dryRun: ['All'] },
    },
    call: 'evict Pod shop/web-1',
  });
  expect(calls[1]).toMatchObject({ method: 'DELETE', body: { preconditions: { uid: 'u' }, gracePeriodSeconds: 0 } });
});

test('an apply forces only when told to, and a namespace is finalized as it was read', async () => {
  const calls: Call[] = [];
  const cluster = clusterOver({ json: <T>(call: Call) => Promise.resolve(calls.push(call) as T) });
  const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop', name: 'web-1' } };
  await cluster.apply(manifest, { dryRun: true });
  await cluster.apply(manifest, { force: true });
  const metadata = { name: 'shop', uid: 'u', resourceVersion: '7' };
  await cluster.finalizeNamespace({ apiVersion: 'v1', kind: 'Namespace', metadata, spec: { finalizers: ['a', 'b'] } }, [
    'b',
  ]);
  expect(calls[0]).toMatchObject({
    method: 'PATCH',
    query: { fieldManager: 'kubernaut', dryRun: 'All', fieldValidation: 'Strict' },
    contentType: 'application/apply-patch+yaml',
    body: manifest,
  });
  expect(calls[0]?.query).not.toHaveProperty('force');
  expect(calls[1]?.query).toMatchObject({ force: 'true' });
  expect(calls[2]).toMatchObject({ method: 'PUT', body: { metadata, spec: { finalizers: ['b'] } } });
  expect(calls[2]?.path).toMatch(/\/finalize$/);
});
