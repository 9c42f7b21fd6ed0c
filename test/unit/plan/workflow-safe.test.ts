import { bundleWorkflowCode, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import type { Json } from '../../../plan/json';
import { planLanguage, type Expectation } from './fixtures/plan-modules';

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
const steps = {
  check: { effect: { replicas: 5 }, evidence: { ready: 2, pods: [{ ready: true }, { ready: true }] } },
};

describe('the pure modules of the plan language', () => {
  let workflowBundle: WorkflowBundle;
  beforeAll(async () => {
    Runtime.install({ logger: silent as never, telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });
    workflowBundle = await bundleWorkflowCode({
      workflowsPath: require.resolve('./fixtures/plan-modules'),
      logger: silent as never,
    });
  });

  it('fit into a workflow bundle, and bring neither zod nor yaml along', () => {
    // Module paths stand in the bundle's headers.
    expect(workflowBundle.code).toMatch(/node_modules\/@marcbachmann\/cel-js\//);
    expect(workflowBundle.code).not.toMatch(/node_modules\/(zod|yaml)\//);
  });

  it('give the same inside the workflow sandbox as in Node', async () => {
    const expected = planLanguage(steps);
    expect(expected).toMatchObject({ condition: true, params: { replicas: 7, note: 'n=3' }, order: ['a', 'b'] });
    await replay({ steps, expected });
  });

  it('would be caught if they did not', async () => {
    await expect(replay({ steps, expected: 'something else' })).rejects.toThrow(/Nondeterminism/);
  });

  /** Replays a run that completed: when the workflow fails instead, its commands do not match the history. */
  async function replay(input: Expectation): Promise<void> {
    await Worker.runReplayHistory(
      { workflowBundle, replayName: 'plan-language' },
      completedRun(input as unknown as Json),
    );
  }
});

function completedRun(input: Json): object {
  const at = (id: number) => ({ eventId: String(id), eventTime: '2026-01-01T00:00:00Z' });
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  const payload = { metadata: { encoding: encoded('json/plain') }, data: encoded(JSON.stringify(input)) };
  const taskQueue = { name: 'plan-language', kind: 'TASK_QUEUE_KIND_NORMAL' };
  return {
    events: [
      {
        ...at(1),
        eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
        workflowExecutionStartedEventAttributes: {
          workflowType: { name: 'planLanguageInSandbox' },
          taskQueue,
          input: { payloads: [payload] },
          originalExecutionRunId: '00000000-0000-4000-8000-000000000001',
          firstExecutionRunId: '00000000-0000-4000-8000-000000000001',
          attempt: 1,
          workflowTaskTimeout: '10s',
        },
      },
      {
        ...at(2),
        eventType: 'EVENT_TYPE_WORKFLOW_TASK_SCHEDULED',
        workflowTaskScheduledEventAttributes: { taskQueue, attempt: 1 },
      },
      {
        ...at(3),
        eventType: 'EVENT_TYPE_WORKFLOW_TASK_STARTED',
        workflowTaskStartedEventAttributes: { scheduledEventId: '2' },
      },
      {
        ...at(4),
        eventType: 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED',
        workflowTaskCompletedEventAttributes: { scheduledEventId: '2', startedEventId: '3' },
      },
      {
        ...at(5),
        eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED',
        workflowExecutionCompletedEventAttributes: { workflowTaskCompletedEventId: '4' },
      },
    ],
  };
}
