import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type CliRun, runInMemory } from '../../../client/cli/memory-io';
import { auditSchema } from '../../../config/sections/audit';
import { AuditQuery, auditWorkflowId, type ExportStatus } from '../../../plan/audit/export';
import { WorkflowType } from '../../../plan/steering';
import { MAIN_TASK_QUEUE } from '../../../plan/task-queues';
import { createMetrics } from '../../../workers/metrics';
import { readiness } from '../../../workers/readiness';
import { serverFigures } from '../../../workers/server-figures';
import { auditCheck } from '../../../workers/worker-checks';
import { testEnvironment, waitFor } from '../../setup';
import { temporaryFolder } from '../../setup/temporary-folder';
import { Lab } from '../engine/lab';
import { labActions, LabWorld } from '../engine/lab-actions';
import { labPlan, set } from '../engine/lab-plan';

const folder = temporaryFolder('audit-sinks');
const objects = new Map<string, string>();
let isDown = false;
let server: Server;
let url: string;
let lab: Lab;
let settingsFile: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const name = request.url!.slice(1);
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      if (isDown) return response.writeHead(503).end();
      if (request.method === 'GET') return response.writeHead(objects.has(name) ? 200 : 404).end(objects.get(name));
      if (objects.has(name)) return response.writeHead(412).end();
      objects.set(name, body);
      return response.writeHead(201).end();
    });
  });
  // A connection that is kept would be closed in the end, and on a busy machine just when the next request is sent on it.
  server.maxRequestsPerSocket = 1;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(join(folder, 'audit.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(folder, 'audit.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const audit = {
    key: { file: join(folder, 'audit.pem') },
    sweepMinutes: 0.05,
    sinks: [
      { name: 'disk', type: 'file', folder: join(folder, 'disk') },
      { name: 'remote', type: 'http', url },
    ],
  };
  settingsFile = join(folder, 'kubernaut.yaml');
  writeFileSync(settingsFile, JSON.stringify({ audit }));
  lab = await Lab.open({ actions: labActions(new LabWorld()), audit: auditSchema.parse(audit) });
});
afterAll(async () => {
  await lab?.close();
  server.close();
});

function verify(...more: string[]): Promise<CliRun> {
  const where = ['--address', testEnvironment().temporalAddress, '--namespace', lab.namespace];
  return runInMemory(['audit', 'verify', ...more, '--config', settingsFile, ...where, '-o', 'json']);
}

async function start(value: number): Promise<string> {
  return (await lab.remediations.start(labPlan([set('set', value, { name: `n${value}` })]))).id;
}

function status(sink: string): Promise<ExportStatus> {
  return lab.client.workflow.getHandle(auditWorkflowId(sink)).query<ExportStatus>(AuditQuery.status);
}

function exported(texts: Iterable<string>): string[] {
  return [...texts].flatMap((text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { type: string; workflowId: string })
      .flatMap((line) => (line.type === 'run' ? [line.workflowId] : [])),
  );
}

/** A segment that is being written has another name, and may be gone before it can be read. */
function onDisk(): string[] {
  const names = readdirSync(join(folder, 'disk')).filter((name) => name.endsWith('.ndjson'));
  return exported(names.map((name) => readFileSync(join(folder, 'disk', name), 'utf8')));
}

/** What `/readyz` says of the sink, and what a scrape reads, as a worker would answer now. */
async function seenByWorker(sink: string): Promise<{ reason: string; ready: boolean; waiting?: number; lag?: number }> {
  const checks = [auditCheck(lab.client, sink)];
  const { metrics, registry } = createMetrics([]);
  await serverFigures(metrics, {
    ...{ client: lab.client, namespace: lab.namespace, taskQueues: [], auditSinks: [sink] },
    // No task queue is asked about here.
    connection: undefined as never,
    readiness: () => readiness([]),
  })();
  const { ready, components } = await readiness(checks);
  const figure = async (name: string) => {
    const { values } = await registry.getSingleMetric(name)!.get();
    return values.find(({ labels }) => labels['sink'] === sink)?.value;
  };
  const [waiting, lag] = [await figure('kubernaut_audit_waiting'), await figure('kubernaut_audit_lag_seconds')];
  expect(ready).toBe(true);
  return { ...components[0]!, waiting, lag };
}

async function doctor(): Promise<{ exitCode: number; lines: Record<string, string> }> {
  const where = ['--address', testEnvironment().temporalAddress, '--namespace', lab.namespace];
  const { exitCode, stdout } = await runInMemory(['doctor', '--config', settingsFile, ...where, '-o', 'json']);
  const checks = JSON.parse(stdout) as { check: string; state: string; reason: string }[];
  const ofAudit = checks.filter(({ check }) => check.startsWith('audit'));
  return {
    exitCode,
    lines: Object.fromEntries(ofAudit.map(({ check, state, reason }) => [check, `${state}: ${reason}`])),
  };
}

test('a sink that is down holds back no result and no other sink, and gets everything once it is up again', async () => {
  isDown = true;
  const ids = await Promise.all(Array.from({ length: 12 }, (_, index) => start(index + 1)));
  for (const id of ids) expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  await waitFor(
    () => onDisk().length,
    (count) => count === ids.length,
    { timeout: 60_000, what: 'files' },
  );
  const waiting = await waitFor(
    () => status('remote'),
    ({ waiting }) => waiting === ids.length,
    { timeout: 60_000 },
  );
  expect(waiting).toMatchObject({ exported: 0, oldest: expect.stringMatching(/^20/) as string });
  expect(objects.size).toBe(0);
  const down = await waitFor(
    () => seenByWorker('remote'),
    (seen) => seen.waiting !== undefined && seen.ready,
    { timeout: 60_000, what: 'an answer of the exporter' },
  );
  expect(down).toMatchObject({ reason: '0 remediations exported, 12 wait', required: false, waiting: 12 });
  expect(down.lag).toBeGreaterThan(0);
  // Neither asks for long, and a worker that is busy may answer later.
  const { exitCode, lines } = await waitFor(
    doctor,
    ({ lines: seen }) => ['disk', 'remote'].every((sink) => seen[`audit export to ${sink}`]?.startsWith('ok') === true),
    { timeout: 60_000, what: 'an answer of the exporters' },
  );
  expect(exitCode).toBe(9);
  expect(lines).toEqual({
    'audit keys': expect.stringMatching(/^ok: signs as \w+/),
    'audit sink disk': `ok: ${join(folder, 'disk')} answers`,
    'audit sink remote': expect.stringMatching(/^failed: .*503/),
    'audit export to disk': 'ok: 12 remediations exported, 0 wait',
    'audit export to remote': 'ok: 0 remediations exported, 12 wait',
  });
  isDown = false;
  await waitFor(
    () => status('remote'),
    ({ waiting }) => waiting === 0,
    { timeout: 60_000, what: 'the queue' },
  );
  const up = await waitFor(
    () => seenByWorker('remote'),
    (seen) => seen.waiting !== undefined && seen.ready,
    { timeout: 60_000, what: 'an answer of the exporter' },
  );
  expect(up).toMatchObject({ reason: '12 remediations exported, 0 wait', waiting: 0, lag: 0 });
  expect(exported(objects.values()).toSorted()).toEqual(ids.toSorted());
  expect(onDisk().toSorted()).toEqual(ids.toSorted());
});

test('a run that was terminated, and one whose plan is refused, are exported, each once', async () => {
  const { id } = await lab.remediations.start(labPlan([set('set', 1, { name: 'h', fault: 'hang' })]));
  await lab.until(id, ({ steps }) => steps[0]?.status === 'executing');
  await lab.client.workflow.getHandle(id).terminate('by hand');
  const workflowId = 'remediation/refused/1';
  const refused = { workflowId, taskQueue: MAIN_TASK_QUEUE, args: [{ plan: { kind: 'Nonsense' } }] };
  await expect(lab.client.workflow.execute(WorkflowType.remediation, refused)).rejects.toThrow(
    'Workflow execution failed',
  );
  const both = (ids: string[]) => ids.includes(id) && ids.includes(workflowId);
  const all = await waitFor(() => onDisk(), both, { timeout: 60_000, what: 'the sweep' });
  expect(new Set(all).size).toBe(all.length);
});

test('verify finds the exports whole, by sink and by address, and a cut end and a change by what the exporter knows', async () => {
  expect((await verify('--sink', 'disk')).exitCode).toBe(0);
  expect((await verify('--sink', 'remote')).exitCode).toBe(0);
  const key = ['--key', join(folder, 'audit.pub')];
  const byUrl = await verify(url, ...key);
  expect([byUrl.exitCode, JSON.parse(byUrl.stdout)]).toMatchObject([0, { whole: true }]);
  const last = [...objects.keys()].toSorted().at(-1)!;
  const body = objects.get(last)!;
  objects.delete(last);
  expect((await verify('--sink', 'remote')).exitCode).toBe(9);
  objects.set(last, body);
  // The last one may hold the refused run alone, which did nothing.
  const [name, text] = [...objects].find(([, each]) => each.includes('lab_set'))!;
  objects.set(name, text.replace('lab_set', 'lab_sat'));
  expect((await verify('--sink', 'remote')).stdout).toContain('it does not follow the line before');
  objects.set(name, text);
  expect((await verify('--sink', 'nowhere')).stderr).toContain('disk, remote');
});

test('an exporter that was lost finds the end of its chain again, and goes on', async () => {
  await lab.client.workflow.getHandle(auditWorkflowId('remote')).terminate('lost');
  const id = await start(100);
  await lab.remediations.result(id);
  await waitFor(
    () => exported(objects.values()),
    (ids) => ids.includes(id),
    { timeout: 60_000, what: 'the new one' },
  );
  expect((await verify(url, '--key', join(folder, 'audit.pub'))).exitCode).toBe(0);
});
