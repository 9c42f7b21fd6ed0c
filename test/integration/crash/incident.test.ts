import { join } from 'node:path';
import { IncidentQuery, type IncidentStatus } from '../../../plan/incident';
import { startBridgeChild } from '../../../tools/demo/bridge-child';
import type { ServiceChild } from '../../../tools/demo/child';
import { startScriptedHolmesGpt, type ScriptedHolmesGpt } from '../../../tools/holmesgpt/scripted-holmesgpt';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { freePorts } from '../../../tools/stack/free-port';
import { startTemporal, type TemporalServer } from '../../../tools/stack/temporal-server';
import { createWorkdir, type Workdir } from '../../../tools/stack/workdir';
import { createNamespace, kubectl, waitFor } from '../../setup';
import { keepRuns } from '../../setup/kept-runs';
import { startAlertmanager, type OwnAlertmanager } from '../bridge/own-alertmanager';
import { toldAlerts } from '../bridge/told-alerts';
import { Lab } from '../engine/lab';
import { brokenRollout } from '../incident/incident-lab';
import { read, storedWrites } from '../kubernetes/fixtures';
import { ended, fromSources, startWorkerProcess, stopWorkerProcesses } from './worker-process';

const TOKEN = 'token-of-this-alertmanager-alone';
const NAME = 'web';

/** Everything of this test's own, each part a process, since each is killed. */
let server: TemporalServer;
let workdir: Workdir;
let lab: Lab;
let holmes: ScriptedHolmesGpt;
let alertmanager: OwnAlertmanager;
let bridge: ServiceChild;
let namespace: string;

async function startBridge(port: number): Promise<ServiceChild> {
  const stack = { workdir: workdir.folder, temporalAddress: server.address, temporalNamespace: lab.namespace };
  const program = fromSources(join(__dirname, '..', '..', '..', 'client', 'cli', 'main.ts'));
  // Compiled anew each time, perhaps on a busy machine.
  return startBridgeChild(stack, { cluster: 'test', token: TOKEN, port, program, readyWithinSeconds: 90 });
}

const startWorker = (crash?: Parameters<typeof startWorkerProcess>[1]) =>
  startWorkerProcess(lab.namespace, crash, {
    temporalAddress: server.address,
    incidents: {
      settings: {
        ...{ attempts: 3, soakMs: 1_000, resolveWithinMs: 90_000, cooldownMs: 500, cooldownAfterFailureMs: 60_000 },
      },
      holmesgptUrl: holmes.url,
      alertmanagerUrl: alertmanager.url,
    },
  });

beforeAll(async () => {
  const { temporal } = await ensureServers(['temporal']);
  workdir = await createWorkdir();
  const [port = 0, webUiPort = 0] = await freePorts(2);
  const databaseFile = join(workdir.folder, 'temporal.db');
  const dynamicConfig = { 'history.timerProcessorMaxTimeShift': '"1ms"' };
  server = await startTemporal({ temporal, workdir: workdir.folder, port, webUiPort, databaseFile, dynamicConfig });
  [lab, holmes, namespace] = await Promise.all([
    Lab.open({ actions: [], worker: false, temporalAddress: server.address }),
    startScriptedHolmesGpt(),
    createNamespace('crash'),
  ]);
});
afterAll(async () => {
  await bridge?.stop();
  await alertmanager?.stop();
  await stopWorkerProcesses();
});
afterAll(async () => {
  if (lab) await keepRuns(lab.client);
});
afterAll(async () => {
  await holmes?.close();
  await lab?.close();
  await workdir?.stop();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

test('bridge, worker and server killed in turn during one incident: it ends as if nothing had happened, and everything once', async () => {
  const id = `incident/test/${namespace}/Deployment/${NAME}`;
  const handle = lab.client.workflow.getHandle(id);
  const until = (wished: (status: IncidentStatus) => boolean) =>
    waitFor(() => handle.query<IncidentStatus>(IncidentQuery.status), wished, { timeout: 60_000, what: id });
  const [port = 0] = await freePorts(1);
  bridge = await startBridge(port);
  alertmanager = await startAlertmanager(`${bridge.url}/api/v1/alerts`, TOKEN);
  const target = { kind: 'Deployment', namespace, name: NAME };
  const rollback = { action: 'rollback_deployment', target, parameters: { stableSeconds: 1 }, confidence: 0.95 };
  holmes.script({
    analysis: {
      ...{ analysis: 'The new image does not start.', root_cause: 'bad image', confidence: 0.9 },
      recommendations: [{ ...rollback, role: 'primary' }],
    },
    tools: [{ name: 'kubectl_describe' }],
    delayMs: 1_500,
  });
  const [doomed] = await Promise.all([startWorker({ write: 'patch', count: 1 }), brokenRollout(namespace, NAME)]);
  const alert = (alertname: string) => ({ labels: { alertname, namespace, deployment: NAME, severity: 'critical' } });
  await alertmanager.send([alert('Crashing')]);

  // The bridge, while HolmesGPT is being asked. What Alertmanager has to tell meanwhile comes when somebody listens again.
  await waitFor(
    () => holmes.working,
    (working) => working === 1,
    { timeout: 30_000, what: 'the question' },
  );
  await bridge.kill();
  await alertmanager.send([alert('Unavailable')]);
  bridge = await startBridge(port);
  await waitFor(
    () => toldAlerts(lab.client, id),
    (told) => told.includes('Unavailable firing'),
    { timeout: 60_000 },
  );

  // The worker, between the write of the API server and its answer.
  expect(await ended(doomed)).toBe('SIGKILL');
  await startWorker();

  // The server, while the incident waits for the alerts to resolve.
  await until(({ phase }) => phase === 'watching');
  await server.restart();
  const endsAt = new Date().toISOString();
  await alertmanager.send([alert('Crashing'), alert('Unavailable')].map((each) => ({ ...each, endsAt })));

  const { attempts, ...result } = await handle.result();
  expect(result).toMatchObject({ outcome: 'resolved' });
  expect(attempts).toMatchObject([
    { number: 1, outcome: 'succeeded', held: true, effectiveness: { alert: 1, health: 1 } },
  ]);
  expect(await storedWrites({ resource: 'deployments', name: NAME, namespace })).toHaveLength(1);
  const { spec, status } = await read('Deployment', NAME, namespace);
  expect(JSON.stringify(spec)).toContain('registry.test/web:1');
  expect(status).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
  expect(holmes.requests.filter(({ path }) => path === '/api/chat')).toHaveLength(1);
  expect(new Set(await toldAlerts(lab.client, id))).toEqual(
    new Set(['Crashing firing', 'Unavailable firing', 'Crashing resolved', 'Unavailable resolved']),
  );
  await waitFor(
    async () => {
      const runs: string[] = [];
      for await (const { type, status: is } of lab.client.workflow.list()) runs.push(`${type} ${is.name}`);
      return runs.sort();
    },
    (runs) => runs.join() === 'incident COMPLETED,remediation COMPLETED',
    { what: 'one run of each' },
  );
  // Five processes, compiled anew each time.
}, 600_000);
