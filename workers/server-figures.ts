import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { tsToMs } from '@temporalio/common/lib/time';
import { MAIN_TASK_QUEUE } from '../plan/task-queues';
import { exportStatus } from '../activities/audit/export-status';
import type { Metrics } from './metrics';
import type { Readiness } from './readiness';

export interface ServerFiguresOptions {
  connection: NativeConnection;
  client: Client;
  namespace: string;
  taskQueues: readonly string[];
  readiness(): Promise<Readiness>;
  /** Names of the sinks to which audits are exported. Default: none. */
  auditSinks?: readonly string[];
  /** Default: the system's, milliseconds. */
  now?: () => number;
}

/** Scrapes come every 15 s or so, by several Prometheus servers perhaps; the servers behind should not be asked for each. */
const FRESH_MS = 10_000;
/** Prometheus gives up after 10 s by default. */
const TIMEOUT_MS = 3_000;

const kinds = { workflow: 1, activity: 2 } as const;
const waiting = ['awaiting_approval', 'awaiting_decision'] as const;

/**
 * Makes a function that brings the gauges of how things stand up to date: called before each scrape, it asks at most every
 * 10 s. What cannot be read has no value then, rather than an old one; the component `temporal` says why.
 */
export function serverFigures(metrics: Metrics, options: ServerFiguresOptions): () => Promise<void> {
  const { now = () => Date.now() } = options;
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;
  return () => {
    if (reading !== undefined) return reading;
    if (now() - readAt < FRESH_MS) return Promise.resolve();
    reading = readAll(metrics, options).finally(() => {
      readAt = now();
      reading = undefined;
    });
    return reading;
  };
}

async function readAll(metrics: Metrics, options: ServerFiguresOptions): Promise<void> {
  await Promise.all([
    readComponents(metrics, options),
    ...options.taskQueues.map((queue) => readQueue(metrics, options, queue)),
    ...(options.taskQueues.includes(MAIN_TASK_QUEUE) ? [readRemediations(metrics, options)] : []),
    ...(options.auditSinks ?? []).map((sink) => readAuditLag(metrics, options, sink)),
  ]);
}

async function readComponents(metrics: Metrics, { readiness }: ServerFiguresOptions): Promise<void> {
  const { components } = await readiness();
  metrics.componentReady.reset();
  for (const { component, ready } of components) metrics.componentReady.set({ component }, ready ? 1 : 0);
}

async function readQueue(metrics: Metrics, options: ServerFiguresOptions, taskQueue: string): Promise<void> {
  const { connection, namespace } = options;
  const wanted = taskQueue === MAIN_TASK_QUEUE ? (['workflow', 'activity'] as const) : (['activity'] as const);
  await Promise.all(
    wanted.map(async (kind) => {
      const labels = { task_queue: taskQueue, kind };
      try {
        const { stats } = await connection.withDeadline(Date.now() + TIMEOUT_MS, () =>
          connection.workflowService.describeTaskQueue({
            namespace,
            taskQueue: { name: taskQueue },
            taskQueueType: kinds[kind],
            reportStats: true,
          }),
        );
        metrics.queueBacklog.set(labels, Number(stats?.approximateBacklogCount ?? 0));
        const age = stats?.approximateBacklogAge;
        metrics.queueBacklogAge.set(labels, age ? tsToMs(age) / 1000 : 0);
      } catch {
        metrics.queueBacklog.remove(labels);
        metrics.queueBacklogAge.remove(labels);
      }
    }),
  );
}

async function readAuditLag(
  metrics: Metrics,
  { client, now = () => Date.now() }: ServerFiguresOptions,
  sink: string,
): Promise<void> {
  try {
    const { waiting, oldest } = await exportStatus(client, sink, TIMEOUT_MS);
    metrics.auditWaiting.set({ sink }, waiting);
    metrics.auditLag.set({ sink }, oldest === undefined ? 0 : Math.max(0, now() - Date.parse(oldest)) / 1000);
  } catch {
    metrics.auditWaiting.remove({ sink });
    metrics.auditLag.remove({ sink });
  }
}

async function readRemediations(metrics: Metrics, { client }: ServerFiguresOptions): Promise<void> {
  const running = 'WorkflowType = "remediation" AND ExecutionStatus = "Running"';
  const count = (query: string) =>
    client.withDeadline(Date.now() + TIMEOUT_MS, async () => (await client.workflow.count(query)).count);
  try {
    const [open, ...pending] = await Promise.all([
      count(running),
      ...waiting.map((state) => count(`${running} AND KubernautState = "${state}"`)),
    ]);
    metrics.remediationsOpen.set(open);
    waiting.forEach((state, index) => metrics.approvalsPending.set({ state }, pending[index]!));
  } catch {
    metrics.remediationsOpen.reset();
    metrics.remediationsOpen.remove();
    metrics.approvalsPending.reset();
  }
}
