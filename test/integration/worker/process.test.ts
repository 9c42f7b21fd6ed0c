import type { Client } from '@temporalio/client';
import { Worker, NativeConnection } from '@temporalio/worker';
import axios from 'axios';
import { join } from 'node:path';
import type { Effect } from '../../../plan/step-io';
import { missingSearchAttributes, registerSearchAttributes } from '../../../workers/search-attributes';
import { build, startWorkerProcess, type WorkerProcess } from './built-worker';
import type * as workflows from './probe-workflows';
import { clientInOwnNamespace, eventually, temporalAddress, testCluster } from './temporal';

describe('A worker process', () => {
  const started: WorkerProcess[] = [];
  const start = (...args: Parameters<typeof startWorkerProcess>) => {
    const worker = startWorkerProcess(...args);
    started.push(worker);
    return worker;
  };
  /** The address of its HTTP port, once it says that it polls. */
  const httpOf = (worker: WorkerProcess) =>
    eventually(() => {
      const line = worker.lines.find(({ msg }) => msg === 'worker started');
      if (line === undefined) throw new Error(`not started: ${worker.stderr()}${JSON.stringify(worker.lines)}`);
      return String(line['http']);
    }, 30_000);
  const get = (url: string) => axios.get<never>(url, { validateStatus: () => true, proxy: false });

  let client: Client;
  let temporal: { address: string; namespace: string };

  beforeAll(async () => {
    build();
    client = await clientInOwnNamespace('process');
    temporal = { address: temporalAddress(), namespace: client.options.namespace };
  }, 120_000);

  afterAll(async () => {
    for (const { process: child, exit } of started) {
      child.kill('SIGKILL');
      await exit;
    }
    await client.connection.close();
  });

  test('says which server it cannot reach and what to do, and ends with 3', async () => {
    const worker = start({ temporal: { address: '127.0.0.1:1' } });
    expect(await worker.exit).toBe(3);
    expect(worker.stderr()).toContain('Temporal at 127.0.0.1:1 cannot be reached');
    expect(worker.stderr()).toContain('TEMPORAL_ADDRESS');
    expect(worker.stderr()).not.toContain('    at ');
  }, 40_000);

  test('names a namespace that does not exist, and ends with 2', async () => {
    const worker = start({ temporal: { ...temporal, namespace: 'nowhere' } });
    expect(await worker.exit).toBe(2);
    expect(worker.stderr()).toContain('has no namespace nowhere');
  }, 40_000);

  test('lists all that is wrong with its settings, and ends with 2', async () => {
    const worker = start({ temporl: {}, worker: { log: { level: 'loud' } } });
    expect(await worker.exit).toBe(2);
    expect(worker.stderr()).toContain('has 2 problems');
    expect(worker.stderr()).toContain('temporl: there is no such setting');
    expect(worker.stderr()).toContain('worker.log.level');
  }, 40_000);

  test('is ready when Temporal, its queues and its clusters are, and tells which one is not', async () => {
    const broken = { name: 'broken', kubeconfig: testCluster().unreachableKubeconfig };
    const { kubeconfig, context } = testCluster();
    const worker = start({
      temporal,
      clusters: [{ name: 'test', kubeconfig, context }, broken],
      worker: { metrics: { port: 0 } },
    });
    const http = await httpOf(worker);
    const { status, data } = await get(`${http}/readyz`);
    expect(status).toBe(503);
    expect(data).toEqual({
      ready: false,
      components: [
        { component: 'temporal', ready: true, reason: 'answers' },
        { component: 'task queue kubernaut', ready: true, reason: 'polled' },
        { component: 'task queue kubernaut.test.kubernetes', ready: true, reason: 'polled' },
        { component: 'task queue kubernaut.broken.kubernetes', ready: true, reason: 'polled' },
        { component: 'cluster test', ready: true, reason: 'answers' },
        { component: 'cluster broken', ready: false, reason: expect.any(String) },
      ],
    });
    worker.process.kill('SIGTERM');
    expect(await worker.exit).toBe(0);
  }, 60_000);

  test('serves health, readiness and the metrics of actions and SDK on one port', async () => {
    const { kubeconfig, context } = testCluster();
    const worker = start({
      temporal,
      clusters: [{ name: 'test', kubeconfig, context }],
      worker: { metrics: { port: 0 } },
    });
    const http = await httpOf(worker);
    const ready = await eventually(async () => {
      const answer = await get(`${http}/readyz`);
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.data));
      return answer;
    });
    expect(ready.data).toMatchObject({ ready: true });
    expect(await get(`${http}/healthz`)).toMatchObject({ status: 200, data: { alive: true } });
    const { data } = await get(`${http}/metrics`);
    expect(data).toContain('# TYPE kubernaut_action_duration_seconds histogram');
    expect(data).toContain('temporal_');
    expect(data).toContain('process_cpu_seconds_total');
    expect((await get(`${http}/other`)).status).toBe(404);
    worker.process.kill('SIGTERM');
    expect(await worker.exit).toBe(0);
  }, 60_000);

  test('drains at SIGTERM: what runs is finished, then the process ends with 0', async () => {
    const worker = start({ temporal, worker: { metrics: { port: false } } });
    await eventually(() => expect(worker.lines.map(({ msg }) => msg)).toContain('worker started'), 30_000);

    const connection = await NativeConnection.connect({ address: temporal.address });
    const caller = await Worker.create({
      connection,
      namespace: temporal.namespace,
      taskQueue: 'caller',
      workflowsPath: join(__dirname, 'probe-workflows.ts'),
    });
    const effect = await caller.runUntil(async () => {
      const handle = await client.workflow.start<typeof workflows.waitThere>('waitThere', {
        workflowId: 'drained',
        taskQueue: 'caller',
        args: ['kubernaut', 4_000],
      });
      await eventually(async () => {
        const { raw } = await handle.describe();
        expect(raw.pendingActivities?.[0]?.state).toBe(2); // STARTED
      });
      worker.process.kill('SIGTERM');
      const exited = worker.exit.then((code) => ({ code, at: Date.now() }));
      const result: Effect = await handle.result();
      expect((await exited).code).toBe(0);
      return result;
    });
    await connection.close();
    expect(effect.summary).toMatch(/^waited until/);
    const messages = worker.lines.map(({ msg }) => msg);
    expect(messages).toEqual(
      expect.arrayContaining(['draining: no new work is taken', 'worker stopped: everything has drained']),
    );
    expect(worker.lines.find(({ action }) => action === 'wait')).toMatchObject({
      workflow: 'drained',
      step: 'wait',
      operation: 'drained/wait',
      attempt: 1,
      outcome: 'no_effect',
    });
    const { events } = await client.workflow.getHandle('drained').fetchHistory();
    expect(events!.filter((event) => event.activityTaskScheduledEventAttributes)).toHaveLength(1);
  }, 60_000);
});

describe('Search attributes', () => {
  test('are registered once, however often and by however many that is asked', async () => {
    const client = await clientInOwnNamespace('attributes');
    const { namespace } = client.options;
    expect(await missingSearchAttributes(client.connection, namespace)).toHaveLength(10);
    await Promise.all([1, 2, 3].map(() => registerSearchAttributes(client.connection, namespace)));
    await eventually(async () => expect(await missingSearchAttributes(client.connection, namespace)).toEqual([]));
    expect(await registerSearchAttributes(client.connection, namespace)).toEqual([]);
    await client.connection.close();
  }, 60_000);
});
