import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import type { Cluster } from '../../../../activities/cluster/cluster';
import { valueAt } from '../../../../activities/executors/kubernetes/fields/json-pointer';
import type { JsonObject } from '../../../../plan/json';
import { createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import {
  apply,
  codeOf,
  connectAs,
  connectTestCluster,
  createWorkload,
  podsOf,
  read,
  storedWrites,
  suffix,
} from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('resize');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } };
async function pod(annotations: object = {}, given: object = resources): Promise<string> {
  const name = `bare-${suffix()}`;
  const containers = [{ name: 'web', image: 'registry.test/web:1', resources: given }];
  const metadata = { name, namespace, annotations };
  await apply({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { terminationGracePeriodSeconds: 1, containers } });
  await kubectl(['wait', 'pod', name, '--for=condition=Ready', '-n', namespace, '--timeout=20s']);
  return name;
}
const resize = (name: string, params: JsonObject = { memory: { limit: '512Mi' } }, more: object = {}) =>
  runAction({
    cluster,
    action: 'increase_resources',
    target: { kind: 'Pod', namespace, name },
    params: { stableSeconds: 0.2, ...params },
    ...more,
  });
const at = async (name: string, path: string) => valueAt(await read('Pod', name, namespace), path);
const limit = (name: string) => at(name, '/spec/containers/0/resources/limits/memory');
const writes = async (name: string) =>
  (await storedWrites({ resource: 'pods', name, namespace, subresource: 'resize' })).length;
const theirs = (name: string, memory: string) =>
  kubectl([
    ...['patch', 'pod', name, '-n', namespace, '--subresource=resize', '-p'],
    JSON.stringify({ spec: { containers: [{ name: 'web', resources: { limits: { memory } } }] } }),
  ]);

test('the pod is resized once, keeps its uid and its container, and comes back by the undo', async () => {
  const name = await pod();
  const run = resize(name);
  const uid = await at(name, '/metadata/uid');
  const validation = await run.validate();
  expect(validation.diff).toEqual([
    { path: '/spec/containers/0/resources/limits/memory', before: '256Mi', after: '512Mi' },
  ]);
  expect([await limit(name), await writes(name)]).toEqual(['256Mi', 0]);
  const effect = await run.execute(validation);
  expect(await run.execute(validation, 2)).toEqual(effect);
  expect([await limit(name), await writes(name)]).toEqual(['512Mi', 1]);
  expect(await at(name, '/metadata/annotations/kubernaut.dev~1operation-id')).toBe(run.step.operationId);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  expect(await at(name, '/status/containerStatuses/0/resources/limits/memory')).toBe('512Mi');
  expect(await at(name, '/status/containerStatuses/0/restartCount')).toBe(0);
  expect(await at(name, '/metadata/uid')).toBe(uid);
  expect(await run.rollback(validation)).toMatchObject({ changed: true });
  expect([await limit(name), await writes(name)]).toEqual(['256Mi', 2]);
  expect(await at(name, '/metadata/annotations/kubernaut.dev~1operation-id')).toBeUndefined();
  expect(await run.rollback(validation, effect)).toMatchObject({ changed: false });
  expect(await writes(name)).toBe(2);
});

test('a crash between the resize and its stamp is made good by the next attempt, and by the undo', async () => {
  const name = await pod();
  const run = resize(name);
  const validation = await run.validate();
  await run.execute(validation);
  await kubectl(['annotate', 'pod', name, '-n', namespace, 'kubernaut.dev/operation-id-']);
  await run.execute(validation, 2);
  expect(await writes(name)).toBe(1);
  expect(await at(name, '/metadata/annotations/kubernaut.dev~1operation-id')).toBe(run.step.operationId);
  await kubectl(['annotate', 'pod', name, '-n', namespace, 'kubernaut.dev/operation-id-']);
  expect(await run.rollback(validation)).toMatchObject({ changed: true });
  expect(await limit(name)).toBe('256Mi');
});

test('a node that cannot fit it refutes at once', async () => {
  const name = await pod({ 'kubernaut.dev/test-resize': 'infeasible' });
  const run = resize(name);
  const validation = await run.validate();
  expect(await run.verify(validation, await run.execute(validation))).toMatchObject({
    verified: false,
    summary: expect.stringContaining('its node cannot do it'),
  });
});

test('what somebody else sets stops the execute, refutes, and is left alone by the undo', async () => {
  const name = await pod();
  const run = resize(name);
  const validation = await run.validate();
  await theirs(name, '300Mi');
  expect(await codeOf(run.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
  await theirs(name, '256Mi');
  const effect = await run.execute(validation);
  await theirs(name, '400Mi');
  expect(await run.verify(validation, effect)).toMatchObject({ verified: false });
  expect(await codeOf(run.rollback(validation, effect))).toMatchObject({
    code: 'UNDO_CONFLICT',
    message: expect.stringContaining('kubectl'),
  });
  expect(await limit(name)).toBe('400Mi');
});

test('all refusals: lower, no undo, unknown container, another QoS class, missing right, a server without it', async () => {
  const name = await pod();
  const lower = await codeOf(resize(name, { memory: { limit: '64Mi' }, cpu: { request: '2' } }).validate());
  expect(lower).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringMatching(/64Mi is less than it has.*above its limit 500m/),
  });
  const plain = await pod({}, { limits: { cpu: '1' }, requests: { cpu: '500m' } });
  expect(await codeOf(resize(plain, { memory: { request: '64Mi' } }).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('could not take one away again'),
  });
  expect(await codeOf(resize(name, { container: 'db', cpu: { limit: '1' } }).validate())).toMatchObject({
    message: expect.stringContaining('name one of its containers: web'),
  });
  const same = { cpu: '1', memory: '1Gi' };
  const guaranteed = await pod({}, { limits: same, requests: same });
  expect(await codeOf(resize(guaranteed, { memory: { limit: '2Gi' } }).validate())).toMatchObject({
    code: 'REJECTED_BY_SERVER',
  });
  expect(await codeOf(resize('not-there').validate())).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'patch'] }];
  const limited = await connectAs(namespace, rules);
  expect(await codeOf(resize(name, undefined, { cluster: limited }).validate())).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('patch pods/resize'),
  });
  limited.close();
  const old = Object.create(cluster, {
    boundTo: { value: () => Object.create(cluster, { hasSubresource: { value: async () => false } }) as Cluster },
  }) as ConnectedCluster;
  expect(await codeOf(resize(name, undefined, { cluster: old }).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('cannot resize a pod in place'),
  });
});

test('of the pod of a workload the preview says that later pods are made as before, and that an autoscaler sets them', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1, container: { resources } });
  const [own] = await podsOf(namespace, name);
  const { warnings } = await resize(own!.metadata.name).validate();
  expect(warnings.join()).toMatch(/ReplicaSet \S+ makes later pods with the old resources/);
  expect(warnings.join()).not.toContain('VerticalPodAutoscaler');
  await kubectl(['annotate', 'pod', own!.metadata.name, '-n', namespace, 'vpaUpdates=Pod resources updated by web']);
  const { warnings: then } = await resize(own!.metadata.name).validate();
  expect(then).toContain('a VerticalPodAutoscaler has set its resources, and may set them again');
});
