import { NativeConnection, Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { parseSettings } from '../../config/parse-settings';
import { runWorker } from '../../workers/run-worker';
import { BARE_TASK_QUEUE, type BareActivities } from './bare';

/** One process with two workers: Kubernaut's own with one more action, and a bare one with the same limits. */
async function main(address: string, bundlePath: string): Promise<void> {
  const stop = new AbortController();
  // Also when the bench itself has gone: nobody would tell this process any more.
  for (const event of ['SIGTERM', 'disconnect'] as const) process.once(event as 'SIGTERM', () => stop.abort());
  const settings = parseSettings(
    {
      temporal: { address, namespace: 'default' },
      worker: { metrics: { port: 0 }, shutdownGraceSeconds: 2 },
      // Many plans at once are what is measured here; what guards cost is measured by itself.
      guards: { enabled: false },
      policy: { mode: 'auto', defaults: false },
      plugins: [join(__dirname, 'noop-plugin.js')],
    },
    'the bench',
  );
  let bare: Promise<void> = Promise.resolve();
  await runWorker(settings, {
    signal: stop.signal,
    // The runtime, logger and metrics are installed by then, so that the bare worker shares them.
    onStarted: () => {
      bare = runBareWorker(address, bundlePath, settings.worker.concurrency, stop.signal);
    },
  });
  await bare;
}

async function runBareWorker(
  address: string,
  codePath: string,
  limits: { activities: number; workflowTasks: number; cachedWorkflows: number },
  signal: AbortSignal,
): Promise<void> {
  const connection = await NativeConnection.connect({ address });
  const activities: BareActivities = { noop: async () => undefined };
  const worker = await Worker.create({
    connection,
    namespace: 'default',
    taskQueue: BARE_TASK_QUEUE,
    workflowBundle: { codePath },
    activities,
    maxConcurrentActivityTaskExecutions: limits.activities,
    maxConcurrentWorkflowTaskExecutions: limits.workflowTasks,
    maxCachedWorkflows: limits.cachedWorkflows,
  });
  signal.addEventListener('abort', () => worker.shutdown(), { once: true });
  process.send?.('ready');
  await worker.run();
  await connection.close();
}

const [address = '', bundlePath = ''] = process.argv.slice(2);
main(address, bundlePath).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
