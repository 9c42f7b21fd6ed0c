import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import { codeOf, connectAs, connectTestCluster, read, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('bindings');
  await kubectl(['create', 'role', 'reader', '-n', namespace, '--verb=get', '--resource=configmaps']);
  await kubectl(['create', 'serviceaccount', 'web', '-n', namespace]);
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const roleRef = { kind: 'Role', name: 'reader' };
const restore = (name: string, params: object = {}, more: object = {}) =>
  runAction({
    cluster,
    action: 'restore_role_binding',
    target: { kind: 'RoleBinding', namespace, name },
    params: { roleRef, subjects: [{ kind: 'ServiceAccount', namespace, name: 'web' }], ...params },
    ...more,
  });
const mayRead = () =>
  kubectl(['auth', 'can-i', 'get', 'configmaps', '-n', namespace, `--as=system:serviceaccount:${namespace}:web`]).then(
    (answer) => answer.trim(),
    () => 'no',
  );

test('a binding that is gone is created once and gives the right back; the undo takes it away again', async () => {
  const name = `web-${suffix()}`;
  const step = restore(name);
  const validation = await step.validate();
  expect(validation).toMatchObject({ noEffect: false, diff: [{ path: '', after: { kind: 'RoleBinding' } }] });
  expect(await mayRead()).toBe('no');
  const effect = await step.execute(validation);
  expect(await mayRead()).toBe('yes');
  const { uid } = (await read('RoleBinding', name, namespace)).metadata;
  expect(await step.execute(validation, 2)).toMatchObject({ changed: true });
  expect((await read('RoleBinding', name, namespace)).metadata.uid).toBe(uid);
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true, data: { uid } });
  expect(await step.rollback(validation)).toMatchObject({ changed: true });
  expect(await mayRead()).toBe('no');
  expect(await step.rollback(validation)).toMatchObject({ changed: false });
});

test('a binding that somebody created or changed meanwhile is left alone', async () => {
  const name = `web-${suffix()}`;
  const step = restore(name);
  const validation = await step.validate();
  const create = ['create', 'rolebinding', name, '-n', namespace, '--role=reader', '--user=anna'];
  await kubectl(create);
  expect(await codeOf(step.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
  expect(await step.rollback(validation)).toMatchObject({ changed: false });
  await kubectl(['delete', 'rolebinding', name, '-n', namespace]);
  await step.execute(validation);
  await kubectl(['label', 'rolebinding', name, '-n', namespace, 'team=shop']);
  expect(await codeOf(step.rollback(validation))).toMatchObject({ code: 'UNDO_CONFLICT' });
  expect((await read('RoleBinding', name, namespace)).metadata.labels).toEqual({ team: 'shop' });
});

test('what cannot be bound is refused: another role, bad subjects, rights that the worker has not', async () => {
  const name = `web-${suffix()}`;
  await kubectl(['create', 'rolebinding', name, '-n', namespace, '--clusterrole=view', '--user=anna']);
  expect(await codeOf(restore(name).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('ClusterRole view'),
  });
  for (const subjects of [[], [{ kind: 'ServiceAccount', name: 'web' }], [{ kind: 'User', name: 'a', namespace: 'b' }]])
    expect(await codeOf(restore(name, { subjects }).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  const rules = [
    {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['rolebindings'],
      verbs: ['get', 'create', 'patch', 'delete'],
    },
  ];
  const weak = await connectAs(namespace, rules);
  const escalation = restore(
    `web-${suffix()}`,
    { roleRef: { kind: 'ClusterRole', name: 'cluster-admin' } },
    { cluster: weak },
  );
  expect(await codeOf(escalation.validate())).toMatchObject({ code: 'FORBIDDEN' });
  weak.close();
});
