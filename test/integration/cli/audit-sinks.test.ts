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
}, 120_000);
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
const onDisk = () =>
  exported(readdirSync(join(folder, 'disk')).map((name) => readFileSync(join(folder, 'disk', name), 'utf8')));

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
  isDown = false;
  await waitFor(
    () => status('remote'),
    ({ waiting }) => waiting === 0,
    { timeout: 60_000, what: 'the queue' },
  );
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
  const names = [...objects.keys()].toSorted();
  const last = names.at(-1)!;
  const body = objects.get(last)!;
  objects.delete(last);
  expect((await verify('--sink', 'remote')).exitCode).toBe(9);
  objects.set(last, body.replace('lab_set', 'lab_sat'));
  expect((await verify('--sink', 'remote')).stdout).toContain('it does not follow the line before');
  objects.set(last, body);
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
