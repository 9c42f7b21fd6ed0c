import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import axios from 'axios';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { loadKubeConfig } from '../../../activities/cluster/kubeconfig';
import { customActions } from '../../../activities/executors/custom';
import { ActionRegistry } from '../../../activities/registry';
import type { RemediationStatus } from '../../../plan/steering';
import { createNamespace, kubectl, testEnvironment, waitFor } from '../../setup';
import { Lab } from '../engine/lab';
import { labActions, LabWorld } from '../engine/lab-actions';
import { startAlertmanager } from './own-alertmanager';
import { type RunningBridge, startBridge, tokenOf } from './running-bridge';
import { toldByIncident } from './told-alerts';

const world = new LabWorld();
const actions = new ActionRegistry().register(...customActions, ...labActions(world));
let lab: Lab;
/** Of a Temporal namespace without a worker: incidents are started and wait. */
let quiet: Lab;
const bridges: RunningBridge[] = [];

async function bridge(of: Lab, more: Partial<Parameters<typeof startBridge>[0]> = {}): Promise<RunningBridge> {
  const { temporalAddress: address } = testEnvironment();
  const started = await startBridge({ address, namespace: of.namespace, actions, ...more });
  bridges.push(started);
  return started;
}

beforeAll(async () => {
  [lab, quiet] = await Promise.all([
    Lab.open({ actions: labActions(world) }),
    Lab.open({ actions: [], worker: false }),
  ]);
});
afterAll(async () => {
  await Promise.all(bridges.map((each) => each.stop()));
  await Promise.all([lab?.close(), quiet?.close()]);
});

const alert = (cluster: string, deployment: string, name: string, status = 'firing') => ({
  status,
  labels: { alertname: name, cluster, namespace: 'shop', deployment },
  annotations: {},
  startsAt: '2026-11-24T12:00:00.000Z',
});
const message = (alerts: unknown[]) => ({ version: '4', alerts });

const told = (cluster: string, incidents: number) => toldByIncident(quiet.client, cluster, incidents);

test('a batch of mixed alerts starts exactly the right incidents, each told what concerns it', async () => {
  const cluster = `mixed-${randomUUID().slice(0, 8)}`;
  const { as } = await bridge(quiet);
  const batch = message([
    alert(cluster, 'web', 'A'),
    { status: 'firing' },
    alert(cluster, 'api', 'B'),
    alert(cluster, 'web', 'C'),
    alert(cluster, 'web', 'A', 'resolved'),
  ]);
  const { status, data } = await as('ingest').post('/alerts', batch);
  expect({ status, ...data, results: [] }).toEqual({
    status: 202,
    accepted: 4,
    invalid: 1,
    notAccepted: 0,
    results: [],
  });
  // The same message again: the runs are there, and it folds.
  expect((await as('ingest').post('/alerts', batch)).status).toBe(202);
  const found = new Map([...(await told(cluster, 2))].map(([key, value]) => [key.split(' ')[0], value]));
  const twice = (names: string[]): string[] => [...names, ...names];
  expect(found).toEqual(
    new Map([
      [`incident/${cluster}/shop/Deployment/web`, twice(['A firing', 'C firing', 'A resolved'])],
      [`incident/${cluster}/shop/Deployment/api`, twice(['B firing'])],
    ]),
  );
  const listed = await as('read').get(`/incidents?cluster=${cluster}`);
  expect(listed.data.incidents).toHaveLength(2);
  expect(listed.data.incidents[0]).toMatchObject({
    status: 'running',
    state: 'resolving',
    owner: { kind: 'Deployment' },
  });
});

test('a real Alertmanager posts what fires and what resolves', async () => {
  const cluster = `am-${randomUUID().slice(0, 8)}`;
  const { url } = await bridge(quiet);
  const alertmanager = await startAlertmanager(`${url}/api/v1/alerts`, tokenOf('ingest'));
  try {
    const labels = {
      alertname: 'KubePodCrashLooping',
      cluster,
      namespace: 'shop',
      deployment: 'web',
      severity: 'critical',
    };
    await alertmanager.send([{ labels, annotations: { summary: 'it crashes' } }]);
    const key = `incident/${cluster}/shop/Deployment/web`;
    const seen = async () => [...(await told(cluster, 1))].find(([id]) => id.startsWith(`${key} `))![1];
    await waitFor(seen, (signals) => signals.includes('KubePodCrashLooping firing'));
    await alertmanager.send([{ labels, endsAt: new Date().toISOString() }]);
    const signals = await waitFor(seen, (told) => told.at(-1) === 'KubePodCrashLooping resolved', { timeout: 30_000 });
    expect(new Set(signals)).toEqual(new Set(['KubePodCrashLooping firing', 'KubePodCrashLooping resolved']));
  } finally {
    await alertmanager.stop();
  }
});

test('Temporal away: 503 with Retry-After, nothing acknowledged, alive but not ready', async () => {
  const away = await bridge(quiet, { address: '127.0.0.1:9', callTimeoutMs: 1_000 });
  const answer = await away.as('ingest').post('/alerts', message([alert('c', 'web', 'A'), alert('c', 'api', 'B')]));
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('5');
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.data).toMatchObject({ code: 'UNREACHABLE', accepted: 0, notAccepted: 2 });
  expect(answer.data.results.map(({ status }: { status: string }) => status)).toEqual(['not_accepted', 'not_accepted']);
  const plain = axios.create({ baseURL: away.url, validateStatus: () => true, proxy: false });
  expect((await plain.get('/healthz')).status).toBe(200);
  const ready = await plain.get('/readyz');
  expect({ status: ready.status, ...ready.data }).toEqual({
    status: 503,
    ready: false,
    components: [{ component: 'temporal', ready: false, reason: 'Temporal does not answer' }],
  });
  expect((await axios.get(`${(await bridge(quiet)).url}/readyz`)).data.ready).toBe(true);
});

const planOf = (name: string) => ({
  apiVersion: 'kubernaut.dev/v1alpha1',
  kind: 'RemediationPlan',
  metadata: { name, reason: 'try it', requester: 'whoever' },
  spec: {
    approval: { required: true },
    steps: [{ id: 'first', action: 'lab_set', params: { name, value: 7 } }],
  },
});

test('a plan is started, watched live, and approved in the name of the token, not of the body', async () => {
  const { as } = await bridge(lab);
  const name = `http-${randomUUID().slice(0, 8)}`;
  const start = () => as('operate').post('/plans', planOf(name), { headers: { 'Idempotency-Key': name } });
  const started = await start();
  expect({ status: started.status, ...started.data }).toMatchObject({
    status: 201,
    id: `remediation/${name}`,
    requester: 'operate',
  });
  expect((await start()).status).toBe(200);
  const path = `/remediations/${encodeURIComponent(started.data.id)}`;

  const events: { type: string; status: RemediationStatus }[] = [];
  const stream = await as('read').get(`${path}/events`, { responseType: 'stream' });
  const parser = createParser({
    onEvent: ({ event = '', data }: EventSourceMessage) => void events.push({ type: event, status: JSON.parse(data) }),
  });
  const ended = new Promise<void>((resolve) => stream.data.once('end', resolve));
  stream.data.on('data', (chunk: Buffer) => parser.feed(chunk.toString()));
  const waiting = await waitFor(
    () => events.at(-1)?.status,
    (status) => (status?.approvals.length ?? 0) > 0,
    { timeout: 30_000 },
  );
  expect(world.read(name)).toBe(0);
  const digest = waiting!.approvals[0]!.digest;

  const wrong = await as('approve').post(`${path}/approve`, { digest: `sha256:${'0'.repeat(64)}` });
  expect(wrong).toMatchObject({ status: 409, data: { detail: expect.stringContaining('not what is waiting') } });
  expect((await as('operate').post(`${path}/approve`, { digest })).status).toBe(403);
  expect((await as('approve').post(`${path}/approve`, { digest, by: 'the boss' })).status).toBe(422);
  const send = () =>
    as('approve').post(`${path}/approve`, { digest, reason: 'fine' }, { headers: { 'X-Request-Id': 'click-1' } });
  const approved = await send();
  expect(approved.status).toBe(200);
  await ended;
  expect(events.at(-1)).toMatchObject({ type: 'end', status: { phase: 'ended', outcome: 'succeeded' } });
  expect(world.read(name)).toBe(7);
  const facts = await lab.remediations.facts(started.data.id);
  expect(facts.filter(({ what }) => what === 'approved')).toMatchObject([
    { by: 'approve', detail: expect.stringContaining('fine') },
  ]);
  const shown = await as('read').get(path);
  expect(shown.data).toMatchObject({ id: started.data.id, status: 'completed', details: { outcome: 'succeeded' } });
  expect((await send()).status).toBe(409);
});

test('SIGTERM ends streams and the bridge, and the remediation goes on', async () => {
  const one = await bridge(lab);
  const name = `stop-${randomUUID().slice(0, 8)}`;
  const { data } = await one.as('operate').post('/plans', planOf(name));
  const stream = await one
    .as('read')
    .get(`/remediations/${encodeURIComponent(data.id)}/events`, { responseType: 'stream' });
  const ended = new Promise<void>((resolve) => stream.data.once('close', resolve));
  stream.data.resume();
  const before = Date.now();
  await one.stop();
  await ended;
  // Long before the 20 s that running requests would get.
  expect(Date.now() - before).toBeLessThan(4_000);
  await expect(axios.get(`${one.url}/healthz`, { proxy: false })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(one.log.join('')).toContain('bridge stopped');
  const status = await lab.until(data.id, ({ approvals }) => approvals.length > 0);
  expect(status.phase).toBe('awaiting_approval');
  await lab.remediations.abort(data.id, { by: 'test' });
});

test('a ServiceAccount gets the role of its name, with a token made for the bridge only', async () => {
  const { kubeconfig, context } = testEnvironment();
  const namespace = await createNamespace('bridge');
  const token = async (...more: string[]): Promise<string> =>
    (await kubectl(['-n', namespace, 'create', 'token', 'default', ...more])).trim();
  const user = `system:serviceaccount:${namespace}:default`;
  const { url } = await bridge(quiet, {
    clusters: [{ name: 'dev', kubeconfig, context }],
    bridge: { auth: { kubernetes: { cluster: 'dev', roles: { read: [user] } } } },
  });
  const ask = async (method: string, path: string, bearer: string) =>
    (
      await axios.request({
        ...{ method, url: `${url}/api/v1/${path}`, proxy: false, validateStatus: () => true },
        headers: { authorization: `Bearer ${bearer}` },
      })
    ).status;
  const good = await token('--audience=kubernaut');
  expect(await ask('get', 'incidents', good)).toBe(200);
  expect(await ask('post', 'plans', good)).toBe(403);
  expect(await ask('get', 'incidents', await token())).toBe(401);
  expect(await ask('get', 'incidents', `${good.slice(0, -3)}abc`)).toBe(401);
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

test('a client certificate of our authority has the roles of its name; without one nobody gets in', async () => {
  const config = loadKubeConfig(testEnvironment());
  const user = config.getCurrentUser()!;
  const caFile = config.getCurrentCluster()!.caFile!;
  const { certFile, keyFile } = { certFile: user.certFile!, keyFile: user.keyFile! };
  const { url } = await bridge(quiet, {
    bridge: {
      tls: { certFile, key: { file: keyFile }, clientCaFile: caFile },
      auth: { certificates: [{ name: 'kwok-admin', roles: ['read'] }] },
    },
  });
  expect(url).toMatch(/^https:/);
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map((file) => readFile(file)));
  const ask = async (method: string, path: string, identity: object) =>
    (
      await axios.request({
        ...{ method, url: `${url}/api/v1/${path}`, proxy: false, validateStatus: () => true },
        httpsAgent: new Agent({ ca, ...identity }),
      })
    ).status;
  expect(await ask('get', 'incidents', { cert, key })).toBe(200);
  expect(await ask('post', 'plans', { cert, key })).toBe(403);
  expect(await ask('get', 'incidents', {})).toBe(401);
});
