import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { defaultActionSettings } from '../../../../config/action-settings';
import { kubernetesActionsWith } from '../../../../activities/executors/kubernetes';
import { kubernetesActionsSchema } from '../../../../config/sections/kubernetes-actions';
import { createNamespace, kubectl, waitFor } from '../../../setup';
import { runAction } from '../action-context';
import { apply, codeOf, connectAs, connectTestCluster, read, storedWrites, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('apply');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const configMap = (data: object, more: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', data, ...more });
const run = (kind: string, name: string, manifest: object, more: object = {}) =>
  runAction({
    cluster,
    action: 'apply_manifest',
    target: { kind, namespace, name },
    params: { manifest: { ...manifest } },
    ...more,
  });
const exists = async (kind: string, name: string) =>
  (await kubectl(['get', kind, name, '-n', namespace, '--ignore-not-found'])) !== '';
const settings = (kinds: string[]) => ({
  kubernetes: { ...defaultActionSettings.kubernetes, applyManifest: { kinds: kinds as never, customKinds: [] } },
});

/** One that somebody else keeps with kubectl. */
async function theirs(data: Record<string, string>): Promise<string> {
  const name = `settings-${suffix()}`;
  await apply(configMap(data, { metadata: { name, namespace } }));
  return name;
}

test('an object that is not there is created once, with the address the server gives it, and taken away again', async () => {
  const name = `web-${suffix()}`;
  const spec = { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] };
  const step = run('Service', name, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { labels: { team: 'shop' } },
    spec,
  });
  const validation = await step.validate();
  expect(validation).toMatchObject({ noEffect: false, summary: `create Service ${namespace}/${name}` });
  expect(await exists('Service', name)).toBe(false);
  const effect = await step.execute(validation);
  const { uid, labels, annotations } = (await read('Service', name, namespace)).metadata;
  expect({ labels, annotations }).toMatchObject({
    labels: { team: 'shop' },
    annotations: { 'kubernaut.dev/operation-id': step.step.operationId },
  });
  expect(await step.execute(validation, 2)).toMatchObject({ changed: true });
  expect((await read('Service', name, namespace)).metadata.uid).toBe(uid);
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true, data: { uid } });
  expect(await step.rollback(validation)).toMatchObject({ changed: true });
  expect(await exists('Service', name)).toBe(false);
  expect(await step.rollback(validation, effect)).toMatchObject({ changed: false });
});

test('fields are added beside those of others, and only they are taken back', async () => {
  const name = await theirs({ mode: 'fast' });
  const manifest = configMap(
    { mode: 'fast', level: 'debug' },
    { metadata: { name, namespace, labels: { tier: 'web' } } },
  );
  const before = await read('ConfigMap', name, namespace);
  const step = run('ConfigMap', name, manifest);
  const validation = await step.validate();
  expect(validation.diff).toEqual([
    { path: '/data/level', after: 'debug' },
    { path: '/metadata/labels', after: { tier: 'web' } },
  ]);
  const effect = await step.execute(validation);
  expect(await step.execute(validation, 2)).toEqual(effect);
  expect(await storedWrites({ resource: 'configmaps', name, namespace })).toHaveLength(1);
  expect((await read('ConfigMap', name, namespace))['data']).toEqual({ mode: 'fast', level: 'debug' });
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
  expect(await run('ConfigMap', name, manifest).validate()).toMatchObject({ noEffect: true, diff: [] });

  await kubectl(['patch', 'configmap', name, '-n', namespace, '--type=merge', '-p', '{"data":{"other":"theirs"}}']);
  expect(await step.rollback(validation)).toMatchObject({ changed: true });
  const after = await read('ConfigMap', name, namespace);
  expect(after['data']).toEqual({ mode: 'fast', other: 'theirs' });
  expect({ ...after.metadata, resourceVersion: '' }).toEqual({ ...before.metadata, resourceVersion: '' });
  expect(await step.rollback(validation)).toMatchObject({ changed: false });
});

test('a field of another manager is refused with its manager, and one that kubernaut itself set before is not', async () => {
  const name = await theirs({ mode: 'fast' });
  const refused = await codeOf(run('ConfigMap', name, configMap({ mode: 'slow' })).validate());
  expect(refused).toMatchObject({ code: 'PRECONDITION_FAILED' });
  expect(refused.message).toContain('.data.mode belongs to kubectl');
  expect((await read('ConfigMap', name, namespace))['data']).toEqual({ mode: 'fast' });

  const patch = runAction({
    cluster,
    action: 'patch_configmap',
    target: { kind: 'ConfigMap', namespace, name },
    params: { set: { level: 'info' } },
  });
  await patch.execute(await patch.validate());
  const step = run('ConfigMap', name, configMap({ level: 'debug' }));
  const validation = await step.validate();
  await step.execute(validation);
  expect((await read('ConfigMap', name, namespace))['data']).toEqual({ mode: 'fast', level: 'debug' });
  await step.rollback(validation);
  expect((await read('ConfigMap', name, namespace))['data']).toEqual({ mode: 'fast', level: 'info' });
});

test('what somebody created or changed meanwhile is left alone', async () => {
  const name = `settings-${suffix()}`;
  const step = run('ConfigMap', name, configMap({ mode: 'fast' }));
  const validation = await step.validate();
  await apply(configMap({ mode: 'theirs' }, { metadata: { name, namespace } }));
  expect(await codeOf(step.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
  expect(await step.rollback(validation)).toMatchObject({ changed: false });
  await kubectl(['delete', 'configmap', name, '-n', namespace]);
  await step.execute(validation);
  await kubectl(['patch', 'configmap', name, '-n', namespace, '--type=merge', '-p', '{"data":{"other":"x"}}']);
  expect(await codeOf(step.rollback(validation))).toMatchObject({
    code: 'UNDO_CONFLICT',
    message: expect.stringContaining('kubectl'),
  });

  const later = run('ConfigMap', name, configMap({ level: 'debug' }));
  const update = await later.validate();
  await later.execute(update);
  await kubectl(['patch', 'configmap', name, '-n', namespace, '--type=merge', '-p', '{"data":{"level":"warn"}}']);
  expect(await codeOf(later.rollback(update))).toMatchObject({ code: 'UNDO_CONFLICT' });
  expect((await read('ConfigMap', name, namespace))['data']).toMatchObject({ level: 'warn' });
});

test('all that is wrong with a manifest is said at once, before the server is asked', async () => {
  const name = await theirs({ mode: 'fast' });
  const metadata = { name: 'other', namespace: 'elsewhere', finalizers: ['a'], ownerReferences: [] };
  const bad = { kind: 'Secret', metadata, status: {} };
  const { code, message } = await codeOf(run('ConfigMap', name, bad, { settings: settings(['Service']) }).validate());
  expect(code).toBe('PRECONDITION_FAILED');
  for (const part of [
    'do not allow ConfigMap (actions.kubernetes.applyManifest, kinds and customKinds: Service)',
    '/apiVersion is missing',
    '/kind is Secret',
    '/metadata/name is "other"',
    '/metadata/namespace is "elsewhere"',
    'not finalizers, ownerReferences',
    '/status',
  ])
    expect(message).toContain(part);
});

test('kinds that are not harmless, unknown fields, bad parameters and missing rights are refused', async () => {
  const name = await theirs({ mode: 'fast' });
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', rules: [] };
  expect(await codeOf(run('Role', name, role).validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
  const unknown = await codeOf(run('ConfigMap', name, configMap({ a: 'b' }, { dta: {} })).validate());
  expect(unknown).toMatchObject({ code: 'REJECTED_BY_SERVER', message: expect.stringContaining('dta') });
  expect(await codeOf(run('ConfigMap', name, {}, { params: { manifest: 'text' } }).validate())).toMatchObject({
    code: 'PARAMS_INVALID',
  });
  const another = { target: { kind: 'ConfigMap', namespace, name, uid: 'another' } };
  expect(await codeOf(run('ConfigMap', name, configMap({ a: 'b' }), another).validate())).toMatchObject({
    code: 'TARGET_REPLACED',
  });
  const powerless = await connectAs(namespace);
  const refused = await codeOf(run('ConfigMap', name, configMap({ a: 'b' }), { cluster: powerless }).validate());
  powerless.close();
  expect(refused).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringMatching(/create configmaps .*patch configmaps/),
  });
  expect(await storedWrites({ resource: 'configmaps', name, namespace })).toHaveLength(0);
});

describe('kinds that the settings add', () => {
  const id = suffix();
  const group = `w${id}.example.dev`;
  const crd = (kind: string, plural: string, scope: string) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, scope, names: { plural, singular: plural.slice(0, -1), kind } },
      versions: [
        {
          ...{ name: 'v1', served: true, storage: true },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  const customKinds = [
    { apiGroup: group, kind: 'Widget', resource: 'widgets' },
    { apiGroup: group, kind: 'Planet', resource: 'planets' },
    { apiGroup: group, kind: 'Absent', resource: 'absents' },
  ];
  const kubernetes = kubernetesActionsSchema.parse({ applyManifest: { customKinds } });
  const wider = { actions: kubernetesActionsWith(kubernetes), settings: { kubernetes } };
  const widget = (size: number) => ({ apiVersion: `${group}/v1`, kind: 'Widget', spec: { size } });
  const names = ['widgets', 'planets', 'services'].map((plural) => `crd/${plural}.${group}`);

  beforeAll(async () => {
    await Promise.all([
      apply(crd('Widget', 'widgets', 'Namespaced')),
      apply(crd('Planet', 'planets', 'Cluster')),
      apply(crd('Service', 'services', 'Namespaced')),
    ]);
    await kubectl(['wait', '--for=condition=Established', ...names, '--timeout=60s']);
    // Discovery follows a little later; the action asks again at most every five seconds.
    await waitFor(
      () =>
        cluster.resolveKind('Widget', `${group}/v1`).then(
          () => true,
          () => false,
        ),
      (found) => found,
      { timeout: 60_000, what: 'the kind Widget' },
    );
  });
  afterAll(() => kubectl(['delete', ...names, '--wait=false']));

  test('are applied and taken back, under exactly the rights that the action then declares', async () => {
    const rights = wider.actions.find(({ name }) => name === 'apply_manifest')!.permissions;
    const rules = rights
      .filter(({ apiGroup }) => apiGroup === group)
      .map(({ apiGroup, resource, verbs }) => ({ apiGroups: [apiGroup], resources: [resource], verbs }));
    const own = await connectAs(namespace, rules);
    const step = run('Widget', `w-${id}`, widget(1), { ...wider, cluster: own });
    const validation = await step.validate();
    const effect = await step.execute(validation);
    expect((await read('Widget', `w-${id}`, namespace)).spec).toEqual({ size: 1 });
    expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
    await step.rollback(validation, effect);
    expect(await exists('Widget', `w-${id}`)).toBe(false);
    own.close();
  });

  test('are refused where the settings do not name them, and where they lie outside any namespace', async () => {
    const unnamed = await codeOf(run('Widget', 'w', widget(1), { actions: wider.actions }).validate());
    expect(unnamed).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('do not allow Widget'),
    });
    const planet = { apiVersion: `${group}/v1`, kind: 'Planet', spec: {} };
    const outside = runAction({
      cluster,
      action: 'apply_manifest',
      target: { kind: 'Planet', name: 'mars' },
      params: { manifest: planet },
      ...wider,
    });
    expect(await codeOf(outside.validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('lies outside any namespace'),
    });
  });

  test('do not open a kind of the same name in another group', async () => {
    const service = { apiVersion: `${group}/v1`, kind: 'Service', spec: {} };
    expect(await codeOf(run('Service', 's', service, wider).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('the Service that the settings allow is of v1'),
    });
    expect(
      await codeOf(run('Widget', 'w', { ...widget(1), apiVersion: 'other.dev/v1' }, wider).validate()),
    ).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining(`is of ${group}`),
    });
  });
});
