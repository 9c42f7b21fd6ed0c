import { join } from 'node:path';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  type Client,
  WorkflowFailedError,
} from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { createRegistry } from '../../../activities/actions';
import type { PlanCheck } from '../../../activities/plan-check';
import type { Effect } from '../../../plan/step-io';
import { createLogger } from '../../../activities/json-logger';
import { createWorkers, type Workers } from '../../../workers/create-workers';
import { createMetrics } from '../../../workers/metrics';
import { installRuntime } from '../../../workers/runtime';
import { probeAction, ProbeLog } from './probe-actions';
import type * as workflows from './probe-workflows';
import { clientInOwnNamespace, eventually, temporalAddress } from './temporal';

type ProbeArgs = Parameters<typeof workflows.probe>;

describe('Activities of the registered actions', () => {
  const log = new ProbeLog();
  const lines: Record<string, unknown>[] = [];
  const metrics = createMetrics();
  let client: Client;
  let connection: NativeConnection;
  let workers: Workers;
  let running: Promise<void>;
  let count = 0;

  const start = (...args: ProbeArgs) =>
    client.workflow.start<typeof workflows.probe>('probe', {
      workflowId: `probe/${count++}`,
      taskQueue: 'kubernaut',
      args,
    });
  const run = async (...args: ProbeArgs): Promise<Effect> => (await start(...args)).result();
  const failureOf = async (...args: ProbeArgs): Promise<Error> => {
    const error: unknown = await run(...args).then(
      () => new Error('it succeeded'),
      (failed: unknown) => failed,
    );
    if (!(error instanceof WorkflowFailedError)) throw error;
    return error.cause instanceof ActivityFailure ? error.cause.cause! : error.cause!;
  };
  const attempts = (step: string) => log.events.filter((event) => event.startsWith(`${step} attempt`)).length;

  const startWorkers = async () => {
    workers = await createWorkers({
      connection,
      namespace: client.options.namespace,
      registry: createRegistry().register(probeAction(log)),
      clusters: new Map(),
      workflows: { workflowsPath: join(__dirname, 'probe-workflows.ts') },
      observer: metrics.observer,
      tuning: { shutdownGraceTime: 300 },
    });
    running = workers.run();
  };

  beforeAll(async () => {
    const logger = createLogger('debug', { write: (line) => void lines.push(JSON.parse(line) as never) });
    await installRuntime(logger, { metrics: false });
    client = await clientInOwnNamespace('activities');
    connection = await NativeConnection.connect({ address: temporalAddress() });
    await startWorkers();
  });

  afterAll(async () => {
    workers.shutdown();
    await running;
    await connection.close();
    await client.connection.close();
  });

  test('run by their name and return what the action did', async () => {
    expect(await run('ok', {})).toEqual({ changed: true, summary: 'probed', data: { attempt: 1 } });
  });

  test('an error that the catalogue calls final ends the step at the first attempt', async () => {
    const failure = (await failureOf('final', { does: 'fail', code: 'FORBIDDEN' })) as ApplicationFailure;
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect([failure.type, failure.nonRetryable, attempts('final')]).toEqual(['FORBIDDEN', true, 1]);
    expect(failure.details).toEqual([
      {
        code: 'FORBIDDEN',
        message: 'deployment shop/web: told to fail with password=[redacted]',
        remedy: expect.stringContaining('ServiceAccount'),
      },
    ]);
  });

  test('an error that the catalogue calls retryable is tried again', async () => {
    const failure = (await failureOf('again', { does: 'fail', code: 'CONFLICT' })) as ApplicationFailure;
    expect([failure.type, failure.nonRetryable, attempts('again')]).toEqual(['CONFLICT', false, 2]);
  });

  test('a bug becomes INTERNAL; its stack, body and secrets stay out of history', async () => {
    const handle = await start('bug', { does: 'crash' });
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    const history = JSON.stringify(await handle.fetchHistory());
    const { failure } = (await handle.fetchHistory()).events!.find(
      (event) => event.activityTaskFailedEventAttributes,
    )!.activityTaskFailedEventAttributes!;
    expect(failure!.applicationFailureInfo!.type).toBe('INTERNAL');
    expect(failure!.message).toBe(
      'probe.execute failed unexpectedly: Error: boom at https://user:[redacted]@db/ with Bearer [redacted]',
    );
    expect(failure!.stackTrace).toBe('');
    expect(history).not.toContain('hunter2');
    expect(history.length).toBeLessThan(20_000);
  });

  test('an output beyond 64 KiB of UTF-8 is refused', async () => {
    const failure = (await failureOf('flood', { does: 'flood' })) as ApplicationFailure;
    expect([failure.type, failure.nonRetryable]).toEqual(['OUTPUT_TOO_LARGE', true]);
  });

  test('a slow call outlives the heartbeat timeout, since the runtime beats by itself', async () => {
    const effect = await run('slow', { does: 'slow-call', ms: 5_000 }, { heartbeatTimeout: '2s' });
    expect(effect.data).toEqual({ attempt: 1 });
  });

  test('people see how far an action is', async () => {
    const handle = await start('shown', { does: 'hang' });
    await eventually(async () => {
      const { raw } = await handle.describe();
      const details = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
      expect(Buffer.from(details!).toString()).toContain('"hanging"');
    });
    await handle.cancel();
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  });

  test('a cancel reaches the action, and the activity ends as cancelled only after the action has stopped', async () => {
    const handle = await start('cancelled', { does: 'hang' });
    await eventually(() => expect(attempts('cancelled')).toBe(1));
    await handle.cancel();
    const error = await handle.result().catch((failed: WorkflowFailedError) => failed.cause);
    expect(error).toBeInstanceOf(CancelledFailure);
    expect(log.events).toContain('cancelled stopped');
    const types = (await handle.fetchHistory()).events!.map((event) => event.eventType);
    // EVENT_TYPE_ACTIVITY_TASK_CANCELED, then EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED
    expect(types.indexOf(16)).toBeGreaterThan(-1);
    expect(types.indexOf(21)).toBeGreaterThan(types.indexOf(16));
    expect(attempts('cancelled')).toBe(1);
  });

  test('our own word for a deadline comes before Temporal’s timeout', async () => {
    const failure = (await failureOf('late', { does: 'hang' }, { startToCloseTimeout: '3s' })) as ApplicationFailure;
    expect([failure.type, failure.nonRetryable]).toEqual(['DEADLINE_EXCEEDED', true]);
    expect(log.events).toContain('late stopped');
  });

  test('a deadline of the step that has passed stops the phase before it begins', async () => {
    const failure = (await failureOf('past', {}, { deadlineMs: -1_000 })) as ApplicationFailure;
    expect([failure.type, attempts('past')]).toEqual(['DEADLINE_EXCEEDED', 0]);
  });

  test('when its worker stops, the action is stopped and another worker goes on', async () => {
    const handle = await start('moved', { does: 'hang' }, { retry: { maximumAttempts: 3 } });
    await eventually(() => expect(attempts('moved')).toBe(1));
    workers.shutdown();
    await running;
    expect(log.events).toContain('moved stopped');
    await startWorkers();
    await eventually(() => expect(attempts('moved')).toBe(2));
    const { raw } = await handle.describe();
    expect(raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo?.type).toBe('WORKER_SHUTDOWN');
    await handle.cancel();
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  });

  test('plan.check answers as a local activity', async () => {
    const check = (await client.workflow.execute<typeof workflows.checkPlan>('checkPlan', {
      workflowId: `check/${count++}`,
      taskQueue: 'kubernaut',
      args: [{ apiVersion: 'nonsense' }],
    })) as PlanCheck;
    expect(check.ok).toBe(false);
  });

  test('log lines lead to workflow, step and operation, and hold no secret', async () => {
    await run('logged', { does: 'log-secret' });
    await eventually(() => {
      const line = lines.find(({ msg }) => String(msg).startsWith('connected'));
      expect(line).toMatchObject({
        level: 'info',
        msg: 'connected with token=[redacted]',
        workflow: expect.stringMatching(/^probe\//),
        run: expect.any(String),
        step: 'logged',
        operation: 'op/logged',
        action: 'probe',
        phase: 'execute',
        attempt: 1,
        apiKey: '[redacted]',
        note: 'kept',
      });
    });
    const text = JSON.stringify(lines);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('taskToken');
    expect(lines.find(({ msg }) => msg === 'probe.execute FORBIDDEN')).toMatchObject({ level: 'warn', step: 'final' });
  });

  test('every attempt is counted, with bounded labels', async () => {
    const text = await metrics.registry.metrics();
    expect(text).toMatch(
      /kubernaut_action_attempts_total\{action="probe",executor="custom",cluster="none",phase="execute"\} \d+/,
    );
    for (const result of [
      'ok',
      'FORBIDDEN',
      'CONFLICT',
      'INTERNAL',
      'CANCELLED',
      'WORKER_SHUTDOWN',
      'DEADLINE_EXCEEDED',
    ]) {
      expect(text).toContain(`result="${result}"`);
    }
    expect(text).toMatch(
      /kubernaut_actions_active\{action="probe",executor="custom",cluster="none",phase="execute"\} 0/,
    );
    expect(text).not.toContain('op/');
  });
});
