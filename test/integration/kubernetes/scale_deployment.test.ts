import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { createNamespace, kubectl } from '../../setup';
import { runAction } from './action-context';
import { apply, codeOf, connectTestCluster, createWorkload, read, suffix, workload } from './fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('scale');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const scale = (name: string, params: Record<string, number>, more: { deadlineMs?: number } = {}) =>
  runAction({ cluster, action: 'scale_deployment', target: { kind: 'Deployment', namespace, name }, params, ...more });

test.each([
  [{ by: 2 }, 5],
  [{ by: -3 }, 0],
  [{ factor: 1.5 }, 5],
  [{ factor: 0.5 }, 2],
  [{ replicas: 7 }, 7],
])('three replicas with %j become %i', async (params, wished) => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 3 });
  const run = scale(name, params);
  const validation = await run.validate();
  expect(validation.diff).toEqual([{ path: '/spec/replicas', before: 3, after: wished }]);
  const effect = await run.execute(validation);
  expect((await read('Deployment', name, namespace)).spec?.replicas).toBe(wished);
  expect(await run.verify(validation, effect)).toMatchObject({
    verified: true,
    data: { replicas: wished, ready: wished },
  });
});

test('an object of another kind or another group is refused, and so is one that was made anew since', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1 });
  const target = { kind: 'Deployment', namespace, name };
  const validate = (other: object) =>
    codeOf(
      runAction({ cluster, action: 'scale_deployment', target: { ...target, ...other }, params: { by: 1 } }).validate(),
    );
  expect(await validate({ kind: 'ConfigMap' })).toMatchObject({ code: 'PRECONDITION_FAILED' });
  expect(await validate({ apiVersion: 'example.dev/v1' })).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  const run = scale(name, { by: 1 });
  const validation = await run.validate();
  await kubectl(['delete', 'deployment', name, '-n', namespace]);
  await createWorkload(namespace, name, { replicas: 1 });
  expect(await codeOf(run.execute(validation))).toMatchObject({ code: 'TARGET_REPLACED' });
  expect(await codeOf(run.rollback(validation))).toMatchObject({ code: 'TARGET_REPLACED' });
  expect(await validate({ uid: validation.target?.uid })).toMatchObject({ code: 'TARGET_REPLACED' });
  expect((await read('Deployment', name, namespace)).spec?.replicas).toBe(1);
});

test('all that stands against it is said at once; the same number is no effect', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1 });
  expect(await codeOf(scale(name, { factor: 10, max: 5 }).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('10 replicas are more than max (5)'),
  });
  expect(await codeOf(scale(name, { by: -2 }).validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
  const same = scale(name, { replicas: 1 });
  const validation = await same.validate();
  expect(validation).toMatchObject({ noEffect: true, diff: [] });
  expect(await same.execute(validation)).toMatchObject({ changed: false });
  const { metadata } = await read('Deployment', name, namespace);
  expect(metadata.annotations?.['kubernaut.dev/operation-id']).toBeUndefined();
});

test('other writers are named in the preview: autoscaler, Argo CD, Helm', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, {
    metadata: {
      labels: { 'argocd.argoproj.io/instance': 'shop', 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { 'meta.helm.sh/release-name': 'shop' },
    },
  });
  await kubectl(['autoscale', 'deployment', name, '-n', namespace, '--min=1', '--max=3', '--cpu-percent=80']);
  const { warnings } = await scale(name, { replicas: 3 }).validate();
  expect(warnings.join('\n')).toMatch(/HorizontalPodAutoscaler .* owns replicas \(1 to 3\)/);
  expect(warnings.join('\n')).toMatch(/Argo CD/);
  expect(warnings.join('\n')).toMatch(/Helm \(release shop\)/);
});

test('verify refutes early when an autoscaler takes the replicas back', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, {
    replicas: 2,
    podAnnotations: { 'kubernaut.dev/test-ready-after': '60s' },
    spec: { replicas: 0 },
  });
  const run = scale(name, { replicas: 6 });
  const validation = await run.validate();
  const effect = await run.execute(validation);
  await kubectl(['scale', 'deployment', name, '-n', namespace, '--replicas=3']);
  const evidence = await run.verify(validation, effect);
  expect(evidence).toMatchObject({
    verified: false,
    summary: expect.stringMatching(/replicas was set to 3 by kubectl/),
  });
});

test('verify refutes early when a quota lets no pod be created', async () => {
  const own = await createNamespace('quota');
  await apply({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'pods', namespace: own },
    spec: { hard: { pods: '2' } },
  });
  await createWorkload(own, 'web', { replicas: 2 });
  const run = runAction({
    cluster,
    action: 'scale_deployment',
    target: { kind: 'Deployment', namespace: own, name: 'web' },
    params: { replicas: 4 },
  });
  const validation = await run.validate();
  const evidence = await run.verify(validation, await run.execute(validation));
  expect(evidence).toMatchObject({ verified: false, summary: expect.stringContaining('exceeded quota') });
  await kubectl(['delete', 'namespace', own, '--wait=false']);
});

test('verify gives up at its deadline, saying what it waited for; a cancel ends it at once', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1, image: 'registry.test/web:1' });
  await kubectl(['apply', '-f', '-'], {
    input: workload(namespace, `${name}-slow`, {
      replicas: 0,
      podAnnotations: { 'kubernaut.dev/test-never-ready': 'true' },
    }),
  });
  const run = scale(`${name}-slow`, { replicas: 2 }, { deadlineMs: 3_000 });
  const validation = await run.validate();
  const effect = await run.execute(validation);
  expect(await codeOf(run.verify(validation, effect))).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: expect.stringContaining('0 of 2 replicas ready'),
  });
  const other = scale(`${name}-slow`, { replicas: 2 });
  const waiting = codeOf(other.verify(validation, effect));
  let at = Infinity;
  setTimeout(() => {
    at = Date.now();
    other.abort.abort();
  }, 300);
  expect(await waiting).toMatchObject({ code: 'CANCELLED' });
  expect(Date.now() - at).toBeLessThan(1_500);
});

test('two steps on different fields of one object undo in either order', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1, container: { resources: { requests: { memory: '64Mi' } } } });
  const before = await read('Deployment', name, namespace);
  const one = scale(name, { replicas: 2 });
  const two = runAction({
    cluster,
    action: 'increase_resources',
    target: { kind: 'Deployment', namespace, name },
    params: { memory: { request: '128Mi' } },
  });
  const [first, second] = [await one.validate(), await two.validate()];
  await Promise.all([one.execute(first), two.execute(second)]);
  await one.rollback(first);
  await two.rollback(second);
  const after = await read('Deployment', name, namespace);
  expect(after.spec).toEqual(before.spec);
  expect(after.metadata.annotations?.['kubernaut.dev/operation-id']).toBeUndefined();
});
