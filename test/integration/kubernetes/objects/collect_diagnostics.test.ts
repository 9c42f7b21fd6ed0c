import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { defaultActionSettings } from '../../../../config/action-settings';
import { kubernetesActionsSchema } from '../../../../config/sections/kubernetes-actions';
import type { JsonObject } from '../../../../plan/json';
import { createNamespace, kubectl, waitFor } from '../../../setup';
import { runAction } from '../action-context';
import {
  apply,
  codeOf,
  connectAs,
  connectTestCluster,
  createNode,
  createWorkload,
  deleteNode,
  podsOf,
  suffix,
  workload,
} from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
let folder: string;
let logs: string;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('diagnostics');
  folder = await mkdtemp(join(tmpdir(), 'kubernaut-diagnostics-test-'));
  logs = `diagnostics-${suffix()}`;
  const [logsFile, previousLogsFile] = [join(folder, 'log'), join(folder, 'previous')];
  const write = (file: string, lines: string[]) =>
    writeFile(file, lines.map((line) => `2026-01-01T00:00:00.000000000Z stdout F ${line}\n`).join(''));
  await write(logsFile, [...Array.from({ length: 100 }, (_, index) => `line ${index}`), 'token=hunter2222']);
  await write(previousLogsFile, ['out of space']);
  await apply({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterLogs',
    metadata: { name: logs },
    spec: { selector: { matchNamespaces: [namespace] }, logs: [{ logsFile, previousLogsFile }] },
  });
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'clusterlogs.kwok.x-k8s.io', logs]);
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  await rm(folder, { recursive: true });
});

const collect = (kind: string, name: string, params: object = {}, more: object = {}) =>
  runAction({
    cluster,
    action: 'collect_diagnostics',
    target: { kind, name, ...(kind !== 'Node' && { namespace }) },
    params: { ...params },
    ...more,
  });
async function evidenceOf(run: ReturnType<typeof collect>): Promise<JsonObject> {
  const validation = await run.validate();
  const evidence = await run.verify(validation, await run.execute(validation));
  expect(evidence.verified).toBe(true);
  return evidence.data;
}

test('of a workload: conditions, its pods in trouble, events and logs, with no value of its environment', async () => {
  const name = `web-${suffix()}`;
  const env = [{ name: 'API_TOKEN', value: 'canary-9f8e7d' }];
  // Where nobody takes the node away: what its pods have logged would go with it.
  const node = await createNode();
  const { podSpec } = node;
  await kubectl(['create', '-f', '-'], {
    input: workload(namespace, name, { image: 'registry.test/web:broken', container: { env }, podSpec }),
  });
  await waitFor(
    () => podsOf(namespace, name),
    (pods) => pods.length === 2 && pods.every((pod) => JSON.stringify(pod.status).includes('"restartCount":2')),
  );
  const before = await kubectl(['get', 'all,events', '-n', namespace, '-o', 'name']);
  const data = await evidenceOf(collect('Deployment', name, { lines: 5 }));
  expect(data).toMatchObject({
    object: { kind: 'Deployment', name, wishedReplicas: 2, counts: { unavailableReplicas: 2 } },
    podCount: 2,
    events: expect.arrayContaining([expect.objectContaining({ type: 'Warning', reason: 'BackOff' })]),
  });
  const [pod] = data.pods as JsonObject[];
  expect(pod).toMatchObject({
    containers: [{ name: 'web', ready: false, state: expect.stringContaining('CrashLoopBackOff') }],
  });
  const told = data.logs as JsonObject[];
  expect(told).toContainEqual({ pod: pod!.name, container: 'web', previous: true, log: 'out of space\n' });
  expect(told).toContainEqual(
    expect.objectContaining({ log: 'line 96\nline 97\nline 98\nline 99\ntoken=[redacted]\n' }),
  );
  expect(JSON.stringify(data)).not.toMatch(/canary-9f8e7d|hunter2222/);
  const names = (text: string) => text.split('\n').filter((line) => !line.startsWith('event/'));
  expect(names(await kubectl(['get', 'all,events', '-n', namespace, '-o', 'name']))).toEqual(names(before));
  await deleteNode(node.name);
});

test('of a pod: its owners up to the workload; of a node: its conditions and pods', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1 });
  const [pod] = await podsOf(namespace, name);
  const data = await evidenceOf(collect('Pod', pod!.metadata.name));
  expect(data).toMatchObject({
    object: { kind: 'Pod', phase: 'Running', containers: [{ name: 'web', ready: true }] },
    owners: [expect.stringMatching(/^ReplicaSet /), `Deployment ${name}`],
  });
  const node = await evidenceOf(collect('Node', String((pod!.spec as JsonObject).nodeName)));
  expect(node.object).toMatchObject({
    conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready' })]),
  });
  expect(Number(node.podCount)).toBeGreaterThanOrEqual(1);
  expect(node.logs).toEqual([]);
});

test('the whole bundle is kept in the folder of the settings, once per operation, with its hash in the evidence', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1 });
  const place = join(folder, 'bundles');
  const kubernetes = kubernetesActionsSchema.parse({ diagnostics: { folder: place } });
  const run = collect('Deployment', name, { maxBytes: 4_096 }, { settings: { ...defaultActionSettings, kubernetes } });
  const validation = await run.validate();
  await run.execute(validation);
  const { bundle, ...digest } = (await run.execute(validation, 2)).data as { bundle: JsonObject } & JsonObject;
  expect(Buffer.byteLength(JSON.stringify(digest))).toBeLessThanOrEqual(4_096);
  expect(await readdir(place)).toEqual([bundle.file]);
  const content = await readFile(join(place, String(bundle.file)));
  expect(bundle).toMatchObject({
    sha256: createHash('sha256').update(content).digest('hex'),
    bytes: content.length,
  });
  expect(JSON.parse(content.toString())).toMatchObject({ operationId: run.step.operationId, object: { name } });
  const unusable = kubernetesActionsSchema.parse({ diagnostics: { folder: join(folder, 'log') } });
  const settings = { ...defaultActionSettings, kubernetes: unusable };
  expect(await codeOf(collect('Deployment', name, {}, { settings }).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('cannot be written'),
  });
});

test('a log that is not there is said, and what cannot be read is refused by its right name', async () => {
  const name = `web-${suffix()}`;
  const elsewhere = await createNamespace('diagnostics');
  await createWorkload(elsewhere, name, { replicas: 1 });
  const run = collect('Deployment', name, {}, { target: { kind: 'Deployment', namespace: elsewhere, name } });
  const { logs: told } = await evidenceOf(run);
  expect(told).toEqual([expect.objectContaining({ logAbsent: expect.stringContaining('no logs found') })]);
  await kubectl(['delete', 'namespace', elsewhere, '--wait=false']);
  expect(await codeOf(collect('Pod', 'not-there').validate())).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  expect(await codeOf(collect('ConfigMap', 'web').validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
  for (const bad of [{ lines: 0 }, { maxBytes: 100_000 }, { sinceSeconds: 'an hour' }, { since: 1 }]) {
    expect(await codeOf(collect('Pod', 'web', bad).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  }
  const powerless = await connectAs(namespace);
  const refused = await codeOf(collect('Deployment', 'web', {}, { cluster: powerless }).validate());
  powerless.close();
  expect(refused).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('get pods/log') });
});
