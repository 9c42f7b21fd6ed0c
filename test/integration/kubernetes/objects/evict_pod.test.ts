import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { auditEvents, createNamespace, kubectl, waitFor } from '../../../setup';
import { runAction } from '../action-context';
import { apply, codeOf, connectAs, connectTestCluster, createWorkload, podsOf, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('evict');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const evict = (name: string, params = {}, more = {}) =>
  runAction({ cluster, action: 'evict_pod', target: { kind: 'Pod', namespace, name }, params, ...more });

async function podOf(app: string) {
  await createWorkload(namespace, app, { replicas: 1 });
  const [pod] = await podsOf(namespace, app);
  return pod!.metadata;
}

const evictions = async (name: string) =>
  (await auditEvents({ resource: 'pods', subresource: 'eviction', name, namespace, userAgent: 'kubernaut/' })).filter(
    ({ requestObject }) => !JSON.stringify(requestObject).includes('"dryRun":["All"]'),
  );

async function budget(app: string, minAvailable: number): Promise<void> {
  await apply({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: app, namespace },
    spec: { minAvailable, selector: { matchLabels: { app } } },
  });
  await waitFor(
    () =>
      kubectl([
        'get',
        'pdb',
        app,
        '-n',
        namespace,
        '-o',
        'jsonpath={.status.observedGeneration}/{.metadata.generation}',
      ]),
    (text) => /^(\d+)\/\1$/.test(text),
  );
}

test('a pod is evicted once, gone by uid, and validate only tried it', async () => {
  const { name, uid } = await podOf(`web-${suffix()}`);
  const run = evict(name);
  const validation = await run.validate();
  expect(validation).toMatchObject({ noEffect: false, diff: [{ path: '', before: expect.stringContaining(uid) }] });
  expect(await evictions(name)).toHaveLength(0);
  const effect = await run.execute(validation);
  expect(effect).toMatchObject({ changed: true, irreversible: [`pod ${namespace}/${name} was evicted`] });
  expect(await run.execute(validation, 2)).toMatchObject({ changed: true });
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true, data: { uid } });
  expect(await evictions(name)).toHaveLength(1);
  expect(await kubectl(['get', 'pod', name, '-n', namespace, '--ignore-not-found'])).toBe('');
  expect(await codeOf(run.rollback(validation, effect))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
});

test('a budget that allows nothing is waited for until the deadline, and the pod stays', async () => {
  const app = `web-${suffix()}`;
  const { name, uid } = await podOf(app);
  await budget(app, 1);
  const run = evict(name, { deadlineSeconds: 2 });
  const validation = await run.validate();
  expect(validation.warnings.join()).toContain(`disruption budget ${app}`);
  const refused = await codeOf(run.execute(validation));
  expect(refused).toMatchObject({ code: 'DISRUPTION_BUDGET', message: expect.stringContaining(app) });
  expect((await podsOf(namespace, app))[0]?.metadata.uid).toBe(uid);
});

test('a budget that is relaxed while it waits lets the eviction happen', async () => {
  const app = `web-${suffix()}`;
  const { name, uid } = await podOf(app);
  await budget(app, 1);
  const run = evict(name, { deadlineSeconds: 30 });
  const validation = await run.validate();
  const running = run.execute(validation);
  await waitFor(
    () => run.progress,
    (lines) => lines.some((line) => line.includes('budget')),
  );
  await kubectl(['delete', 'pdb', app, '-n', namespace]);
  const effect = await running;
  expect(effect.changed).toBe(true);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true, data: { uid } });
});

test('a cancel ends the wait at once, and nothing is evicted afterwards', async () => {
  const app = `web-${suffix()}`;
  const { name, uid } = await podOf(app);
  await budget(app, 1);
  const run = evict(name);
  const validation = await run.validate();
  const running = codeOf(run.execute(validation));
  await waitFor(
    () => run.progress,
    (lines) => lines.some((line) => line.includes('budget')),
  );
  run.abort.abort();
  expect(await running).toMatchObject({ code: 'CANCELLED' });
  await kubectl(['delete', 'pdb', app, '-n', namespace]);
  expect((await podsOf(namespace, app))[0]?.metadata.uid).toBe(uid);
});

test('what stands against it is said at once, with the parameter that overrides it', async () => {
  const name = `alone-${suffix()}`;
  await apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [{ name: 'web', image: 'registry.test/web:1' }] },
  });
  expect(await codeOf(evict(name).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('evictUnmanaged'),
  });
  expect(await evict(name, { evictUnmanaged: true }).validate()).toMatchObject({ noEffect: false });
  expect(await codeOf(evict('not-there').validate())).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  expect(await codeOf(evict(name, { deadlineSeconds: 0 }).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  const powerless = await connectAs(namespace);
  const refused = await codeOf(evict(name, {}, { cluster: powerless }).validate());
  powerless.close();
  expect(refused).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('create pods/eviction') });
});

test('another pod under the same name is left alone', async () => {
  const app = `db-${suffix()}`;
  await createWorkload(namespace, app, { kind: 'StatefulSet', replicas: 1 });
  const run = evict(`${app}-0`);
  const validation = await run.validate();
  await kubectl(['delete', 'pod', `${app}-0`, '-n', namespace, '--wait=false']);
  const next = await waitFor(
    async () => (await podsOf(namespace, app))[0],
    (pod) => pod?.status?.phase === 'Running' && pod.metadata.uid !== validation.target?.uid,
    { timeout: 30_000 },
  );
  expect(await run.execute(validation)).toMatchObject({ changed: false });
  expect((await podsOf(namespace, app))[0]?.metadata.uid).toBe(next?.metadata.uid);
});
