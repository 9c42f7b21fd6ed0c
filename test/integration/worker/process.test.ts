import type { Client } from '@temporalio/client';
import { Worker, NativeConnection } from '@temporalio/worker';
import axios from 'axios';
import { join } from 'node:path';
import type { Effect } from '../../../plan/step-io';
import { missingSearchAttributes, registerSearchAttributes } from '../../../activities/search-attributes';
import { startWorkerProgram, type WorkerProgram } from './worker-program';
import type * as workflows from './probe-workflows';
import { clientInOwnNamespace, eventually, temporalAddress, testCluster } from './temporal';

describe('A worker process', () => {
  const started: WorkerProgram[] = [];
  const start = (...args: Parameters<typeof startWorkerProgram>) => {
    const worker = startWorkerProgram(...args);
    started.push(worker);
    return worker;
  };
  /** The address of its HTTP port, once it says that it polls. */
  const httpOf = (worker: WorkerProgram) =>
    eventually(() => {
      const line = worker.lines.find(({ msg }) => msg === 'worker started');
      if (line === undefined) throw new Error(`not started: ${worker.stderr()}${JSON.stringify(worker.lines)}`);
      return String(line['http']);
    });
  const get = (url: string) => axios.get<never>(url, { validateStatus: () => true, proxy: false });

  let client: Client;
  let temporal: { address: string; namespace: string };

  beforeAll(async () => {
    client = await clientInOwnNamespace('process');
    temporal = { address: temporalAddress(), namespace: client.options.namespace };
  });

  // At once: a process that lingered would take the tasks of the next test's.
  afterEach(async () => {
    for (const { process: child, exit } of started.splice(0)) {
      child.kill('SIGKILL');
      await exit;
    }
  });

  afterAll(() => client.connection.close());

  test('says which server it cannot reach and what to do, and ends with 3', async () => {
    const worker = start({ temporal: { address: '127.0.0.1:1' } });
    expect(await worker.exit).toBe(3);
    expect(worker.stderr()).toContain('Temporal at 127.0.0.1:1 cannot be reached');
    expect(worker.stderr()).toContain('TEMPORAL_ADDRESS');
    expect(worker.stderr()).not.toContain('    at ');
  });

  test('names a namespace that does not exist, and ends with 2', async () => {
    const worker = start({ temporal: { ...temporal, namespace: 'nowhere' } });
    expect(await worker.exit).toBe(2);
    expect(worker.stderr()).toContain('has no namespace nowhere');
  });

  test('lists all that is wrong with its settings, and ends with 2', async () => {
    const worker = start({ temporl: {}, worker: { log: { level: 'loud' } } });
    expect(await worker.exit).toBe(2);
    expect(worker.stderr()).toContain('has 2 problems');
    expect(worker.stderr()).toContain('temporl: there is no such setting');
    expect(worker.stderr()).toContain('worker.log.level');
  });

  test('serves health, metrics and readiness on one port, and tells which part is not ready', async () => {
    const { kubeconfig, context, unreachableKubeconfig } = testCluster();
    const worker = start({
      temporal,
      clusters: [
        { name: 'test', kubeconfig, context },
        { name: 'broken', kubeconfig: unreachableKubeconfig },
      ],
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
        { component: 'task queue kubernaut.patient', ready: true, reason: 'polled' },
        { component: 'task queue kubernaut.test.kubernetes', ready: true, reason: 'polled' },
        { component: 'task queue kubernaut.test.monitoring', ready: true, reason: 'polled' },
        { component: 'task queue kubernaut.broken.kubernetes', ready: true, reason: 'polled' },
        { component: 'task queue kubernaut.broken.monitoring', ready: true, reason: 'polled' },
        { component: 'cluster test', ready: true, reason: 'answers' },
        { component: 'cluster broken', ready: false, reason: expect.any(String) },
        { component: 'policies', required: false, ready: true, reason: expect.stringMatching(/in force$/) },
      ],
    });
    expect(await get(`${http}/healthz`)).toMatchObject({ status: 200, data: { alive: true } });
    const { data: metrics } = await get(`${http}/metrics`);
    expect(metrics).toContain('# TYPE kubernaut_action_duration_seconds histogram');
    expect(metrics).toContain('temporal_num_pollers{');
    expect(metrics).toContain('process_cpu_seconds_total');
    expect((await get(`${http}/other`)).status).toBe(404);
  });

  test('ends with 0 when SIGTERM comes while it is still starting', async () => {
    const worker = start({ temporal, worker: { metrics: { port: false } } });
    await eventually(() => expect(worker.lines).toHaveLength(1), 60_000);
    worker.process.kill('SIGTERM');
    expect(await worker.exit).toBe(0);
  });

  test('drains at SIGTERM: what runs is finished, then the process ends with 0', async () => {
    const { kubeconfig, context } = testCluster();
    const clusters = [{ name: 'test', kubeconfig, context }];
    const worker = start({ temporal, clusters, worker: { metrics: { port: 0 } } });
    const http = await httpOf(worker);
    await eventually(async () =>
      expect(await get(`${http}/readyz`)).toMatchObject({ status: 200, data: { ready: true } }),
    );

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
  });
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
  });
});
