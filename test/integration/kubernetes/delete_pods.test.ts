import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { auditEvents, createNamespace, kubectl, waitFor } from '../../setup';
import { runAction } from './action-context';
import { codeOf, connectAs, connectTestCluster, createWorkload, podsOf, read, suffix } from './fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('pods');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const act = (action: 'restart_pod' | 'delete_pod', name: string, params = {}, more: { deadlineMs?: number } = {}) =>
  runAction({ cluster, action, target: { kind: 'Pod', namespace, name }, params, ...more });

/** Deletes of the pod that the server carried out, by the audit log. */
async function deletes(name: string): Promise<number> {
  const events = await auditEvents({ namespace, resource: 'pods', name, verbs: ['delete'], userAgent: 'kubernaut/' });
  return events.filter(({ requestObject, responseStatus }) => {
    const dryRun = JSON.stringify(requestObject ?? {}).includes('"dryRun":["All"]');
    return !dryRun && (responseStatus?.code ?? 0) < 300;
  }).length;
}

async function barePod(name: string, more: object = {}): Promise<void> {
  await kubectl(['create', '-f', '-'], {
    input: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name, ...more },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'registry.test/c:1' }] },
    },
  });
}

describe.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)('restart_pod of a %s', (kind) => {
  test('validate changes nothing; two executes delete once; the replacement is ready', async () => {
    const app = `web-${suffix()}`;
    await createWorkload(namespace, app, { kind });
    const [pod] = await podsOf(namespace, app);
    const name = pod?.metadata.name ?? '';
    const run = act('restart_pod', name, { stableSeconds: 0.5 });
    const validation = await run.validate();
    expect(await deletes(name)).toBe(0);
    expect((await read('Pod', name, namespace)).metadata.uid).toBe(pod?.metadata.uid);

    const effect = await run.execute(validation);
    expect(effect).toMatchObject({ changed: true, irreversible: [`pod ${namespace}/${name} was deleted`] });
    const again = await run.execute(validation, 2);
    expect(again.irreversible?.join()).toContain('earlier attempt of this step or by somebody else');
    expect(await deletes(name)).toBe(1);
    const evidence = await run.verify(validation, effect);
    expect(evidence).toMatchObject({ verified: true });
    const pods = await podsOf(namespace, app);
    const { uid } = evidence.data.replacement as { uid: string };
    expect(pods.map((each) => each.metadata.uid)).toContain(uid);
    expect(pods.map((each) => each.metadata.uid)).not.toContain(pod?.metadata.uid);
    // A StatefulSet's replacement has the old one's name: the same step must not touch it.
    await run.execute(validation, 3);
    expect(await deletes(name)).toBe(1);
  });
});

test('restart_pod is refuted when the replacement crashes', async () => {
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, { kind: 'StatefulSet', replicas: 1 });
  await kubectl(['set', 'image', `statefulset/${app}`, 'web=registry.test/web:broken', '-n', namespace]);
  const run = act('restart_pod', `${app}-0`, {}, { deadlineMs: 25_000 });
  await waitFor(
    () => podsOf(namespace, app),
    ([pod]) => JSON.stringify(pod?.spec).includes('broken'),
    { timeout: 60_000, what: 'the broken pod' },
  );
  const validation = await run.validate();
  const effect = await run.execute(validation);
  const evidence = await run.verify(validation, effect);
  expect(evidence).toMatchObject({
    verified: false,
    summary: expect.stringMatching(/restarted \d+ times: CrashLoopBackOff/),
  });
});

test('restart_pod without a replacement gives up at the deadline, saying so', async () => {
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, { replicas: 1 });
  const [pod] = await podsOf(namespace, app);
  const run = act('restart_pod', pod?.metadata.name ?? '', {}, { deadlineMs: 3_000 });
  const validation = await run.validate();
  await kubectl(['scale', 'deployment', app, '-n', namespace, '--replicas=0']);
  await waitFor(
    () => podsOf(namespace, app),
    (pods) => pods.length === 0,
  );
  const effect = await run.execute(validation);
  expect(effect).toMatchObject({ changed: false, summary: expect.stringContaining('without our doing') });
  expect(await codeOf(run.verify(validation, effect))).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: expect.stringContaining('no new pod yet'),
  });
});

test('delete_pod: gone by uid; a pod of the same name made anew is not touched', async () => {
  const name = `bare-${suffix()}`;
  await barePod(name, { annotations: { 'kubernaut.dev/test-delete-after': '1s' } });
  const run = act('delete_pod', name);
  const validation = await run.validate();
  expect(validation.warnings).toContain('it has no controller: nothing creates it again');
  const effect = await run.execute(validation);
  await run.execute(validation, 2);
  expect(await deletes(name)).toBe(1);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  await barePod(name);
  expect(await run.execute(validation, 2)).toMatchObject({ summary: expect.stringContaining('is gone') });
  expect(await run.verify(validation, effect)).toMatchObject({
    verified: true,
    data: { successor: expect.any(String) },
  });
  expect(await deletes(name)).toBe(1);
  expect(await codeOf(run.rollback(validation, effect))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
});

test('delete_pod with force ends a pod that hangs in Terminating; without, it waits and names the finalizer', async () => {
  const name = `stuck-${suffix()}`;
  await barePod(name, { annotations: { 'kubernaut.dev/test-delete-after': '600s' } });
  const soft = act('delete_pod', name, {}, { deadlineMs: 2_500 });
  const validation = await soft.validate();
  const effect = await soft.execute(validation);
  expect(await codeOf(soft.verify(validation, effect))).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: expect.stringContaining('still terminating'),
  });
  expect(await act('delete_pod', name).validate()).toMatchObject({ noEffect: true });
  const hard = act('delete_pod', name, { force: true });
  const forced = await hard.validate();
  expect(forced.noEffect).toBe(false);
  expect(await hard.verify(forced, await hard.execute(forced))).toMatchObject({ verified: true });
});

test('what cannot be done is refused by its right name', async () => {
  const name = `bare-${suffix()}`;
  await barePod(name);
  expect(await codeOf(act('restart_pod', name).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('no controller'),
  });
  expect(await codeOf(act('restart_pod', 'not-there').validate())).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  expect(await codeOf(act('delete_pod', name, { force: true, gracePeriodSeconds: 5 }).validate())).toMatchObject({
    code: 'PARAMS_INVALID',
  });
  expect(await codeOf(act('delete_pod', name, { gracePeriodSeconds: 0 }).validate())).toMatchObject({
    code: 'PARAMS_INVALID',
  });
  const target = { kind: 'Pod', namespace, name };
  const wrongUid = runAction({ cluster, action: 'delete_pod', target: { ...target, uid: 'another' } });
  expect(await codeOf(wrongUid.validate())).toMatchObject({ code: 'TARGET_REPLACED' });
  const powerless = await connectAs(namespace);
  const refused = await codeOf(runAction({ cluster: powerless, action: 'delete_pod', target }).validate());
  powerless.close();
  expect(refused).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining(`delete pods in ${namespace}`) });
});
