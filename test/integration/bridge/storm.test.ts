import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios, { type AxiosResponse } from 'axios';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { customActions } from '../../../activities/executors/custom';
import { ActionRegistry } from '../../../activities/registry';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { forEachOf } from '../../../client/bridge/for-each-of';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { freePorts } from '../../../tools/stack/free-port';
import { startTemporal } from '../../../tools/stack/temporal-server';
import { createWorkdir, type Workdir } from '../../../tools/stack/workdir';
import { testEnvironment, waitFor } from '../../setup';
import { Lab } from '../engine/lab';
import { connectTestCluster } from '../kubernetes/fixtures';
import { type RunningBridge, startBridge, tokenOf } from './running-bridge';
import { toldByIncident } from './told-alerts';

/** `npm run storm -- alerts`: 10,000. */
const ALERTS = Number(process.env['KUBERNAUT_STORM_ALERTS'] ?? 300);
const INCIDENTS = ALERTS / 10;
const REPLICAS = 3;
/** Alerts of a message, as Alertmanager groups them; messages that one replica has at once. */
const GROUP = 20;
const AT_ONCE = 4;
const CLUSTER = 'test';

let workdir: Workdir;
let cluster: ConnectedCluster;
let lab: Lab;
let bridges: RunningBridge[] = [];
const actions = new ActionRegistry().register(...customActions);
const clusters = [{ name: CLUSTER, kubeconfig: 'not used' }];

beforeAll(async () => {
  const { temporalAddress: address } = testEnvironment();
  workdir = await createWorkdir();
  cluster = connectTestCluster();
  lab = await Lab.open({ actions: [...kubernetesActions], clusters: new Map([[CLUSTER, cluster]]) });
  const { namespace } = lab;
  bridges = await Promise.all(
    Array.from({ length: REPLICAS }, () => startBridge({ address, namespace, actions, clusters })),
  );
});
afterAll(async () => {
  await Promise.all(bridges.map((each) => each.stop()));
  await lab?.close();
  cluster?.close();
  await workdir?.stop();
});

function alert(namespace: string, n: number, incidents: number) {
  const labels = { alertname: `N${n}`, namespace, deployment: `app-${n % incidents}` };
  return { status: 'firing', labels, annotations: {}, startsAt: new Date().toISOString() };
}

function post(url: string, alerts: object[]): Promise<AxiosResponse<{ accepted: number }>> {
  return axios.post(
    `${url}/api/v1/alerts`,
    { version: '4', alerts },
    { headers: { authorization: `Bearer ${tokenOf('ingest')}` }, proxy: false, validateStatus: () => true },
  );
}

test(`a storm of ${ALERTS} alerts of ${INCIDENTS} incidents over ${REPLICAS} replicas: exactly so many runs, none lost, every request answered`, async () => {
  const namespace = `storm-${randomUUID().slice(0, 8)}`;
  const alerts = Array.from({ length: ALERTS }, (_, n) => alert(namespace, n, INCIDENTS));
  const messages = Array.from({ length: Math.ceil(ALERTS / GROUP) }, (_, n) =>
    alerts.slice(n * GROUP, (n + 1) * GROUP),
  );
  const answered = { accepted: 0, refused: 0 };
  // Each replica has its share of the messages, so all replicas tell every incident.
  const send = async (message: object[], url: string): Promise<void> => {
    for (;;) {
      const { status, data, headers } = await post(url, message);
      if (status === 202) {
        answered.accepted += data.accepted;
        return;
      }
      // As Alertmanager does: what is not durable is sent again, as a whole.
      expect([status, Number(headers['retry-after'])]).toEqual([503, expect.any(Number)]);
      answered.refused++;
      await sleep(1_000);
    }
  };
  await Promise.all(
    bridges.map(({ url }, replica) =>
      forEachOf(
        messages.filter((_, n) => n % REPLICAS === replica),
        AT_ONCE,
        (message) => send(message, url),
      ),
    ),
  );
  expect(answered.accepted).toBe(ALERTS);

  // A signal that comes while a workflow task is under way stands in the history only after it.
  const told = await waitFor(
    () => toldByIncident(lab.client, CLUSTER, INCIDENTS),
    (incidents) => new Set([...incidents.values()].flat()).size >= ALERTS,
    { timeout: 120_000, interval: 500, what: 'every alert in a history' },
  );
  const owners = new Set([...told.keys()].map((key) => key.split(' ')[0]));
  expect([told.size, owners.size]).toEqual([INCIDENTS, INCIDENTS]);
  const names = [...told.values()].flat();
  expect([...new Set(names)].sort()).toEqual(alerts.map(({ labels }) => `${labels.alertname} firing`).sort());
  // Twice only what was asked to be sent again.
  expect(names.length - ALERTS).toBeLessThanOrEqual(answered.refused * GROUP);
  // They lived while it went on: nobody is configured who could say what is wrong, so each goes to a person, once.
  await waitFor(
    () => lab.client.workflow.count(`WorkflowType = 'incident' AND KubernautOutcome = 'escalated'`),
    ({ count }) => count === INCIDENTS,
    { timeout: 600_000, interval: 500, what: 'the outcome of every incident' },
  );
  expect((await lab.client.workflow.count(`WorkflowType = 'incident'`)).count).toBe(INCIDENTS);
}, 900_000);

test('Temporal killed in the middle of a storm: what was acknowledged is there, all else got 503 with Retry-After', async () => {
  const { temporal } = await ensureServers(['temporal']);
  const [port = 0, webUiPort = 0] = await freePorts(2);
  const { folder } = workdir;
  const databaseFile = join(folder, 'temporal.db');
  const server = await startTemporal({ temporal, workdir: folder, port, webUiPort, databaseFile, dynamicConfig: {} });
  const own = await Lab.open({ actions: [], worker: false, temporalAddress: server.address });
  const bridge = await startBridge({
    ...{ address: server.address, namespace: own.namespace, actions, clusters, callTimeoutMs: 1_500 },
  });
  try {
    const acknowledged: string[] = [];
    const refused: ReturnType<typeof alert>[] = [];
    const send = async (item: ReturnType<typeof alert>): Promise<void> => {
      const { status, headers } = await post(bridge.url, [item]);
      if (status === 202) acknowledged.push(item.labels.alertname);
      else {
        expect([status, headers['retry-after']]).toEqual([503, '5']);
        refused.push(item);
      }
    };
    let next = 0;
    const storm = async (enough: () => boolean): Promise<void> => {
      while (!enough()) await send(alert('killed', next++, 10));
    };
    const senders = (enough: () => boolean) => Array.from({ length: 8 }, () => storm(enough));
    const before = senders(() => refused.length >= 8);
    await waitFor(
      () => acknowledged.length,
      (count) => count >= 50,
      { timeout: 60_000 },
    );
    await server.kill();
    await Promise.all(before);
    await server.restart();
    const missing = refused.splice(0);
    await waitFor(
      async () => {
        await forEachOf(missing.splice(0), 4, send);
        missing.push(...refused.splice(0));
        return missing.length;
      },
      (count) => count === 0,
      { timeout: 60_000, interval: 500, what: 'the refused ones' },
    );
    const told = [...(await toldByIncident(own.client, CLUSTER, 10))];
    expect(told).toHaveLength(10);
    const names = new Set(told.flatMap(([, signals]) => signals));
    expect(acknowledged.filter((name) => !names.has(`${name} firing`))).toEqual([]);
    expect(names.size).toBe(next);
  } finally {
    await bridge.stop();
    await own.close();
  }
});
