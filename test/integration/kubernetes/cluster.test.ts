import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { auditEvents, createNamespace, kubectl, kubectlJson } from '../../setup';
import { apply, codeOf, connectAs, connectTestCluster, createWorkload, read, suffix } from './fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('cluster');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

test('objects come as the server has them, field by field', async () => {
  await createWorkload(namespace, 'web');
  const raw: unknown = await kubectlJson([
    'get',
    '--raw',
    `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
  ]).catch(() => undefined);
  const ours = await cluster.get({ kind: 'Deployment', namespace, name: 'web' });
  const theirs =
    raw ?? JSON.parse(await kubectl(['get', '--raw', `/apis/apps/v1/namespaces/${namespace}/deployments/web`]));
  expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
  const { items } = await cluster.list({ kind: 'Deployment', namespace, fieldSelector: 'metadata.name=web' });
  expect(items).toEqual([ours]);
});

test('a kind is found where the server has it, and a CRD as soon as it is there', async () => {
  expect(await cluster.resolveKind('Deployment')).toMatchObject({
    apiVersion: 'apps/v1',
    plural: 'deployments',
    namespaced: true,
  });
  expect(await cluster.resolveKind('Event')).toMatchObject({ apiVersion: 'v1' });
  expect(await cluster.resolveKind('HorizontalPodAutoscaler')).toMatchObject({ apiVersion: 'autoscaling/v2' });
  expect(await cluster.resolveKind('Event', 'events.k8s.io/v1')).toMatchObject({ apiVersion: 'events.k8s.io/v1' });
  const id = `t${suffix()}`;
  const kind = `Thing${id}`;
  expect(await codeOf(cluster.resolveKind(kind))).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  await apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${id}s.example.dev` },
    spec: { group: 'example.dev', scope: 'Cluster', names: { plural: `${id}s`, singular: id, kind }, versions },
  });
  await kubectl(['wait', '--for=condition=Established', `crd/${id}s.example.dev`, '--timeout=20s']);
  await sleep(6_000);
  expect(await cluster.resolveKind(kind)).toMatchObject({ apiVersion: 'example.dev/v1', namespaced: false });
  const made = await cluster.create({
    apiVersion: 'example.dev/v1',
    kind,
    metadata: { name: 'one' },
    big: { exact: '1.10', list: [1, null] },
  });
  expect(await cluster.get({ kind, name: 'one' })).toEqual(made);
  await kubectl(['delete', 'crd', `${id}s.example.dev`, '--wait=false']);
});

test('what the server refuses keeps its name, and its message names verb and object', async () => {
  const ref = { kind: 'ConfigMap', namespace, name: `cm-${suffix()}` };
  const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: ref.name }, data: { a: '1' } };
  await cluster.create(made);
  const replace = (path: string, value: string) => cluster.patch(ref, [{ op: 'replace', path, value }]);
  expect(await codeOf(replace('/metadata/uid', 'other'))).toMatchObject({ code: 'TARGET_REPLACED' });
  expect(await codeOf(replace('/metadata/resourceVersion', '1'))).toMatchObject({ code: 'CONFLICT' });
  expect(await codeOf(replace('/nothing/there', '1'))).toMatchObject({ code: 'REJECTED_BY_SERVER' });
  expect(await codeOf(cluster.patch(ref, [{ op: 'add', path: '/spec', value: {} }]))).toMatchObject({
    code: 'REJECTED_BY_SERVER',
  });
  expect(await codeOf(cluster.delete(ref, { uid: 'other' }))).toMatchObject({ code: 'TARGET_REPLACED' });
  expect(await codeOf(cluster.delete(ref, { resourceVersion: '1' }))).toMatchObject({ code: 'CONFLICT' });
  expect(await codeOf(cluster.create(made))).toMatchObject({ code: 'PRECONDITION_FAILED' });
  const missing = await codeOf(cluster.get({ ...ref, name: 'none' }));
  expect(missing).toEqual({
    code: 'TARGET_NOT_FOUND',
    message: `get ConfigMap ${namespace}/none: configmaps "none" not found`,
  });
  expect(await cluster.find({ ...ref, name: 'none' })).toBeUndefined();
  expect(JSON.stringify((await read('ConfigMap', ref.name, namespace)).data)).toBe('{"a":"1"}');
});

test('dry-runs are tried and not stored; writes carry our name', async () => {
  const ref = { kind: 'ConfigMap', namespace, name: `cm-${suffix()}` };
  await kubectl(['create', 'configmap', ref.name, '-n', namespace, '--from-literal=a=1']);
  const tried = await cluster.patch(ref, [{ op: 'replace', path: '/data/a', value: '2' }], { dryRun: true });
  expect(tried.data).toEqual({ a: '2' });
  await cluster.delete(ref, { dryRun: true });
  expect((await read('ConfigMap', ref.name, namespace)).data).toEqual({ a: '1' });
  await cluster.patch(ref, [{ op: 'replace', path: '/data/a', value: '3' }]);
  const { metadata } = await cluster.get(ref);
  expect(JSON.stringify(metadata.managedFields)).toContain('"manager":"kubernaut"');
  const [event] = await auditEvents({ namespace, name: ref.name, verbs: ['patch'], userAgent: 'kubernaut/' });
  expect(event?.userAgent).toMatch(/^kubernaut\/\d+\.\d+\.\d+/);
});

test('a watch shows what happens from where the list ended, and ends on its signal', async () => {
  const query = { kind: 'ConfigMap', namespace };
  const { resourceVersion } = await cluster.list(query);
  const abort = new AbortController();
  const name = `cm-${suffix()}`;
  const seen: string[] = [];
  const watching = (async () => {
    for await (const { type, object } of cluster.watch(query, { resourceVersion, signal: abort.signal })) {
      if (object.metadata.name !== name) continue;
      seen.push(type);
      if (type === 'DELETED') abort.abort();
    }
  })();
  await kubectl(['create', 'configmap', name, '-n', namespace]);
  await kubectl(['label', 'configmap', name, '-n', namespace, 'a=b']);
  await kubectl(['delete', 'configmap', name, '-n', namespace]);
  await watching;
  expect(seen).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
});

test('a watch that is not allowed throws, so that nobody waits for what never comes', async () => {
  const query = { kind: 'ConfigMap', namespace };
  const events: string[] = [];
  const powerless = await connectAs(namespace);
  const refused = await codeOf(
    (async () => {
      for await (const event of powerless.watch(query, { signal: new AbortController().signal }))
        events.push(event.type);
    })(),
  );
  powerless.close();
  expect(refused).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('watch ConfigMap in') });
});

test('missing rights are told one by one: cluster-scoped ones without a namespace', async () => {
  const some = await connectAs(namespace, [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }]);
  const missing = await some.missingPermissions(
    [
      { apiGroup: 'apps', resource: 'deployments', verbs: ['get', 'patch'] },
      { apiGroup: '', resource: 'nodes', verbs: ['get'] },
      { apiGroup: '', resource: 'pods/eviction', verbs: ['create'] },
    ],
    namespace,
  );
  some.close();
  expect(missing).toEqual([
    { apiGroup: 'apps', resource: 'deployments', verb: 'patch', namespace },
    { apiGroup: '', resource: 'nodes', verb: 'get', namespace: undefined },
    { apiGroup: '', resource: 'pods/eviction', verb: 'create', namespace },
  ]);
  expect(await cluster.missingPermissions([{ apiGroup: '', resource: 'nodes', verbs: ['get', 'patch'] }])).toEqual([]);
});

test('a hundred reads share a few connections', async () => {
  const at = Date.now();
  await Promise.all(Array.from({ length: 100 }, () => cluster.get({ kind: 'Namespace', name: namespace })));
  expect(Date.now() - at).toBeLessThan(10_000);
});
