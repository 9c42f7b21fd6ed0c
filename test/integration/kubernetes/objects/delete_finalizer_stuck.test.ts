import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { connectStaging, type StagingCluster } from '../../../../activities/conformance/staging-cluster';
import { HOLD, stageStuck } from '../../../../activities/executors/kubernetes/objects/staged-stuck';
import { defaultActionSettings } from '../../../../config/action-settings';
import { createNamespace, kubectl, testEnvironment, waitFor } from '../../../setup';
import { runAction } from '../action-context';
import { apply, codeOf, connectAs, connectTestCluster, read, storedWrites, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
let staging: StagingCluster;
const undos: Array<() => Promise<unknown>> = [];
beforeAll(async () => {
  cluster = connectTestCluster();
  const { kubeconfig, context } = testEnvironment();
  staging = connectStaging({ kubeconfig, context });
  namespace = await createNamespace('finalizers');
});
afterAll(async () => {
  for (const undo of undos) await undo();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  staging.close();
  cluster.close();
});

const stage = (...what: [kind: 'Namespace' | 'PersistentVolumeClaim' | 'Pod', place?: 'metadata' | 'spec']) =>
  stageStuck(
    { kube: staging.kube, namespace, name: (prefix) => `${prefix}-${suffix()}`, defer: (undo) => undos.push(undo) },
    ...what,
  );
const { kubernetes } = defaultActionSettings;
const atOnce = { kubernetes: { ...kubernetes, finalizers: { minAgeSeconds: 0 } } };
const free = (target: { kind: string; namespace?: string; name: string }, params: object = {}, more: object = {}) =>
  runAction({
    cluster,
    action: 'delete_finalizer_stuck',
    target,
    params: { finalizer: HOLD, ...params },
    settings: atOnce,
    ...more,
  });
const gone = async (kind: string, name: string) =>
  (await kubectl(['get', kind, name, ...(kind === 'Namespace' ? [] : ['-n', namespace]), '--ignore-not-found'])) === '';

test.each([
  ['PersistentVolumeClaim', 'metadata'],
  ['Pod', 'metadata'],
  ['Namespace', 'metadata'],
  ['Namespace', 'spec'],
] as const)('a %s held in its %s goes when the named finalizer is taken, once', async (kind, place) => {
  const { target } = await stage(kind, place);
  const step = free(target);
  const validation = await step.validate();
  expect(validation).toMatchObject({ noEffect: false, diff: [{ path: `/${place}/finalizers` }] });
  if (place === 'metadata') expect(validation.warnings.join()).toContain('also held by example.com/other');
  const { name } = target;
  expect(await gone(kind, name)).toBe(false);
  const effect = await step.execute(validation);
  expect(effect).toMatchObject({ changed: true, irreversible: [expect.stringContaining(HOLD)] });
  expect(await step.execute(validation, 2)).toMatchObject({ changed: true });
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
  expect(await gone(kind, name)).toBe(true);
  const resource = { Namespace: 'namespaces', Pod: 'pods', PersistentVolumeClaim: 'persistentvolumeclaims' }[kind];
  const where = kind === 'Namespace' ? {} : { namespace };
  expect(await storedWrites({ resource, name, ...where })).toHaveLength(1);
  expect(await codeOf(step.rollback(validation, effect))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
});

test('an object that is not in deletion, not for long enough or not held by it is left alone, all reasons at once', async () => {
  const { target } = await stage('PersistentVolumeClaim');
  const young = await codeOf(free(target, { finalizer: 'example.com/none' }, { settings: {} }).validate());
  expect(young.code).toBe('PRECONDITION_FAILED');
  expect(young.message).toMatch(
    /in deletion for \d+ s, 600 s are needed; example.com\/none does not hold it \(example.com\/hold/,
  );
  expect(await codeOf(free(target, { olderThanSeconds: 3_600 }).validate())).toMatchObject({
    message: expect.stringContaining('3600 s are needed'),
  });
  const alive = { kind: 'Namespace', name: namespace };
  const both = await codeOf(free(alive, { finalizer: 'kubernetes' }).validate());
  expect(both.message).toMatch(/not being deleted: delete it first; what is left in it .* \(orphanContent\)/);
  expect((await read('PersistentVolumeClaim', target.name, namespace)).metadata.finalizers).toContain(HOLD);
});

test('a claim that a pod still uses is not let go', async () => {
  const { target } = await stage('PersistentVolumeClaim');
  const name = `user-${suffix()}`;
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: target.name } }];
  await apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [{ name: 'web', image: 'registry.test/web:1' }], volumes },
  });
  expect(await codeOf(free(target).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining(`pods use it: ${namespace}/${name}`),
  });
  await kubectl(['delete', 'pod', name, '-n', namespace]);
});

test('a finalizer that went meanwhile is no change of ours; another object of the name is not touched', async () => {
  const { target } = await stage('Pod');
  const step = free(target);
  const validation = await step.validate();
  await kubectl([
    'patch',
    'pod',
    target.name,
    '-n',
    namespace,
    '--type=merge',
    '-p',
    '{"metadata":{"finalizers":null}}',
  ]);
  await waitFor(() => gone('Pod', target.name), Boolean, { what: 'the pod gone' });
  expect(await step.execute(validation)).toMatchObject({ changed: false });
  expect(await codeOf(free({ ...target, name: 'not-there' }).validate())).toMatchObject({ code: 'TARGET_NOT_FOUND' });
});

test('bad parameters and missing rights are refused', async () => {
  const { target } = await stage('PersistentVolumeClaim');
  for (const params of [{ finalizer: '' }, { finalizer: 'a b' }, { olderThanSeconds: -1 }, { orphanContent: 'yes' }])
    expect(await codeOf(free(target, params).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  const powerless = await connectAs(namespace);
  const refused = await codeOf(free(target, {}, { cluster: powerless }).validate());
  powerless.close();
  expect(refused).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('patch persistentvolumeclaims'),
  });
  expect(refused.message).not.toContain('namespaces');
  expect(await codeOf(free({ ...target, kind: 'Service' }).validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
});
