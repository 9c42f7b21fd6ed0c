import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { auditEvents, createNamespace, kubectl, waitFor } from '../../setup';
import { runAction } from './action-context';
import {
  apply,
  codeOf,
  connectAs,
  connectTestCluster,
  content,
  createNode,
  createWorkload,
  deleteNode,
  podsOf,
  read,
  suffix,
  workload,
} from './fixtures';

let namespace: string;
let cluster: ConnectedCluster;
const nodes: string[] = [];
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('drain');
});
afterAll(async () => {
  cluster.close();
  await Promise.all(nodes.map(deleteNode));
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

async function node() {
  const made = await createNode();
  nodes.push(made.name);
  return made;
}

const drain = (name: string, params = {}, more: { deadlineMs?: number; operationId?: string } = {}) =>
  runAction({ cluster, action: 'drain_node', target: { kind: 'Node', name }, params, ...more });

/** Evictions that the server carried out, by pod uid: what the audit log says, not we. */
async function evictions(app: string): Promise<Map<string, number>> {
  const events = await auditEvents({ namespace, resource: 'pods', subresource: 'eviction', verbs: ['create'] });
  const done = events.filter(({ objectRef, requestObject, responseStatus }) => {
    const dryRun = JSON.stringify(requestObject ?? {}).includes('"dryRun":["All"]');
    return !dryRun && responseStatus?.code === 201 && objectRef?.name?.startsWith(`${app}-`);
  });
  const byUid = new Map<string, number>();
  for (const { requestObject } of done) {
    const { uid } = (requestObject as { deleteOptions: { preconditions: { uid: string } } }).deleteOptions
      .preconditions;
    byUid.set(uid, (byUid.get(uid) ?? 0) + 1);
  }
  return byUid;
}

/** Deletes by us of anything in the namespace. There must never be one in a drain. */
async function deletes(): Promise<number> {
  const events = await auditEvents({
    namespace,
    resource: 'pods',
    verbs: ['delete', 'deletecollection'],
    userAgent: 'kubernaut/',
  });
  return events.filter((event) => event.objectRef?.subresource === undefined).length;
}

test('validate previews the evictions, names budgets and changes nothing', async () => {
  const { name, podSpec } = await node();
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, { replicas: 3, podSpec });
  await apply(budget(app, 3));
  const before = await read('Node', name);
  const validation = await waitFor(
    () => drain(name).validate(),
    ({ warnings }) => warnings.some((each) => each.includes('needs 3 healthy pods')),
  );
  const text = validation.warnings.join('\n');
  expect(text).toMatch(/3 pods will be evicted/);
  expect(text).toContain(`budget ${namespace}/${app} allows 0 disruptions now, 3 of its pods`);
  expect(validation.diff).toEqual([{ path: '/spec/unschedulable', after: true }]);
  const after = await read('Node', name);
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  expect((await evictions(app)).size).toBe(0);
  expect(await podsOf(namespace, app)).toHaveLength(3);
});

test('thirty pods are evicted once each, although the drain is aborted half way and run again by two workers at once', async () => {
  const { name, podSpec } = await node();
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, {
    replicas: 30,
    podSpec,
    podAnnotations: { 'kubernaut.dev/test-delete-after': '1s' },
  });
  const victims = (await podsOf(namespace, app)).map((pod) => pod.metadata.uid).sort();
  const first = drain(name, { maxConcurrent: 3 });
  const validation = await first.validate();
  const aborted = codeOf(first.execute(validation));
  await waitFor(
    () => evictions(app),
    (done) => done.size >= 5,
    { interval: 10 },
  );
  first.abort.abort();
  expect(await aborted).toMatchObject({ code: 'CANCELLED' });
  const atAbort = (await evictions(app)).size;
  await sleep(500);
  expect((await evictions(app)).size).toBe(atAbort);
  expect(atAbort).toBeLessThan(30);

  const again = [1, 2].map(() => drain(name, {}, { operationId: first.step.operationId }));
  const effects = await Promise.all(again.map((run) => run.execute(validation, 2)));
  const done = await evictions(app);
  expect([...done.keys()].sort()).toEqual(victims);
  expect([...done.values()].every((times) => times === 1)).toBe(true);
  expect(await deletes()).toBe(0);
  const left = (await podsOf(namespace, app)).filter((pod) => pod.spec?.nodeName === name);
  expect(left).toEqual([]);
  expect((await read('Node', name)).spec?.unschedulable).toBe(true);
  const [one] = again;
  expect(await one?.verify(validation, effects[0]!)).toMatchObject({ verified: true });
  expect(one?.progress.some((line) => /^evicted \d+\/30, gone \d+/.test(line))).toBe(true);
});

test('a budget at zero blocks to the deadline, is named, and nothing is deleted; the undo uncordons', async () => {
  const { name, podSpec } = await node();
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, { replicas: 2, podSpec });
  await apply(budget(app, 2));
  await waitFor(
    () => kubectl(['get', 'pdb', app, '-n', namespace, '-o', 'jsonpath={.status.currentHealthy}']),
    (healthy) => healthy === '2',
  );
  const before = await read('Node', name);
  const run = drain(name, {}, { deadlineMs: 7_000 });
  const validation = await run.validate();
  const result = await codeOf(run.execute(validation));
  expect(result).toMatchObject({
    code: 'DISRUPTION_BUDGET',
    message: expect.stringContaining(`disruption budget ${app} needs 2 healthy pods`),
  });
  expect(result.message).toContain(`${namespace}/${app}-`);
  expect((await evictions(app)).size).toBe(0);
  expect(await deletes()).toBe(0);
  expect(await podsOf(namespace, app)).toHaveLength(2);
  expect(run.progress.join('\n')).toContain('2 wait');
  expect(await run.rollback(validation)).toMatchObject({ changed: true });
  const after = await read('Node', name);
  expect(content(after)).toBe(content(before));
});

test('a budget that allows one at a time is kept, and the drain ends', async () => {
  const { name, podSpec } = await node();
  const app = `web-${suffix()}`;
  // Tolerates the node only, so replacements stay pending: the budget allows exactly one more eviction each time it is relaxed.
  await createWorkload(namespace, app, { replicas: 2, podSpec });
  await apply(budget(app, 1));
  await waitFor(
    () => kubectl(['get', 'pdb', app, '-n', namespace, '-o', 'jsonpath={.status.disruptionsAllowed}']),
    (allowed) => allowed === '1',
  );
  const run = drain(name, {}, { deadlineMs: 40_000 });
  const validation = await run.validate();
  const running = run.execute(validation);
  await waitFor(
    () => Promise.resolve(run.progress),
    (lines) => lines.some((line) => line.includes('wait')),
    { timeout: 10_000 },
  );
  // The refusal of the one may be answered before the eviction of the other.
  await waitFor(
    () => evictions(app),
    (done) => done.size === 1,
    { timeout: 10_000 },
  );
  await kubectl(['delete', 'pdb', app, '-n', namespace]);
  expect(await running).toMatchObject({ changed: true, data: { evicted: 2 } });
  expect((await evictions(app)).size).toBe(2);
});

test('pods of DaemonSets and static pods stay; unmanaged pods and scratch data need a word', async () => {
  const { name, podSpec } = await node();
  const app = `agent-${suffix()}`;
  await createWorkload(namespace, app, { kind: 'DaemonSet', podSpec });
  const bare = (pod: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name: pod, ...more },
    spec: { ...podSpec, terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'registry.test/c:1' }] },
  });
  const scratch = `scratch-${suffix()}`;
  await kubectl(['create', '-f', '-'], { input: bare('bare') });
  await createWorkload(namespace, scratch, {
    replicas: 1,
    podSpec: { ...podSpec, volumes: [{ name: 'cache', emptyDir: {} }] },
  });
  const refused = await codeOf(drain(name).validate());
  expect(refused).toMatchObject({ code: 'PRECONDITION_FAILED' });
  expect(refused.message).toMatch(/drain.*\/bare has no controller.*\(evictUnmanaged\)/);
  expect(refused.message).toMatch(/would lose its emptyDir data: cache \(deleteEmptyDirData\)/);
  expect((await read('Node', name)).spec?.unschedulable).toBeUndefined();

  const run = drain(name, { evictUnmanaged: true, deleteEmptyDirData: true });
  const validation = await run.validate();
  const effect = await run.execute(validation);
  expect(effect.irreversible).toContain(`pod ${namespace}/bare was evicted`);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  const stay = await podsOf(namespace, app);
  expect(stay.filter((pod) => pod.metadata.deletionTimestamp === undefined)).toHaveLength(1);
  expect((await evictions(app)).size).toBe(0);
});

test('a person who uncordons the node stops the drain, and the undo leaves the node to them', async () => {
  const { name, podSpec } = await node();
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, { replicas: 2, podSpec });
  await apply(budget(app, 2));
  await waitFor(
    () => kubectl(['get', 'pdb', app, '-n', namespace, '-o', 'jsonpath={.status.currentHealthy}']),
    (healthy) => healthy === '2',
  );
  const run = drain(name, {}, { deadlineMs: 30_000 });
  const validation = await run.validate();
  const running = codeOf(run.execute(validation));
  await waitFor(
    () => read('Node', name),
    (each) => each.spec?.unschedulable === true,
  );
  await kubectl(['uncordon', name]);
  expect(await running).toMatchObject({
    code: 'TARGET_CHANGED',
    message: expect.stringContaining('uncordoned meanwhile'),
  });
  expect(await codeOf(run.execute(validation, 2))).toMatchObject({ code: 'TARGET_CHANGED' });
  expect(await run.rollback(validation)).toMatchObject({ changed: false });
  expect((await read('Node', name)).spec?.unschedulable).toBeUndefined();
});

test('a node that a person had cordoned is drained and stays cordoned after the undo', async () => {
  const { name, podSpec } = await node();
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, { replicas: 2, podSpec });
  await kubectl(['cordon', name]);
  const run = drain(name);
  const validation = await run.validate();
  expect(validation).toMatchObject({ diff: [], noEffect: false });
  const effect = await run.execute(validation);
  expect(effect).toMatchObject({ changed: true, data: { evicted: 2 } });
  expect(await run.rollback(validation, effect)).toMatchObject({ changed: false, irreversible: expect.any(Array) });
  expect((await read('Node', name)).spec?.unschedulable).toBe(true);
  const again = await drain(name).validate();
  expect(again.noEffect).toBe(true);
});

test('pods that arrive late are evicted too, and a replaced node is refused', async () => {
  const { name, podSpec } = await node();
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, {
    replicas: 2,
    podSpec,
    podAnnotations: { 'kubernaut.dev/test-delete-after': '12s' },
  });
  const run = drain(name, { evictUnmanaged: true });
  const validation = await run.validate();
  const running = run.execute(validation);
  await waitFor(
    () => evictions(app),
    (done) => done.size > 0,
  );
  const late = workload(namespace, 'late', { podSpec }).spec.template.spec;
  await kubectl(['create', '-f', '-'], {
    input: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: 'late-1' },
      spec: { ...late, nodeName: name },
    },
  });
  expect(await running).toMatchObject({ data: { evicted: 3 } });
  expect(await run.verify(validation, await running)).toMatchObject({ verified: true });
  await kubectl(['delete', 'node', name]);
  // Cordoned: pods of other tests that landed there would never run.
  const another = { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { unschedulable: true } };
  await kubectl(['create', '-f', '-'], { input: another });
  expect(await codeOf(run.execute(validation))).toMatchObject({ code: 'TARGET_REPLACED' });
});

test('verify refutes a node that is not drained; wrong targets and missing rights have their names', async () => {
  const { name, podSpec } = await node();
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, { replicas: 1, podSpec });
  const run = drain(name, {}, { deadlineMs: 2_500 });
  const validation = await run.validate();
  const never = { changed: true, summary: 'said so', data: {} };
  expect(await run.verify(validation, never)).toMatchObject({ verified: false });
  await kubectl(['cordon', name]);
  expect(await codeOf(run.verify(validation, never))).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: expect.stringContaining('1 pods still on it'),
  });

  expect(await codeOf(drain('no-such-node').validate())).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  expect(await codeOf(drain(name, { maxConcurrent: 0 }).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  const reader = await connectAs(namespace, [
    { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list', 'watch'] },
  ]);
  const refused = await codeOf(
    runAction({ cluster: reader, action: 'drain_node', target: { kind: 'Node', name } }).validate(),
  );
  reader.close();
  expect(refused).toMatchObject({ code: 'FORBIDDEN' });
  for (const right of ['patch nodes', 'create pods/eviction', 'list policy/poddisruptionbudgets'])
    expect(refused.message).toContain(right);
});

function budget(app: string, minAvailable: number): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: app, namespace },
    spec: { minAvailable, selector: { matchLabels: { app } } },
  };
}
