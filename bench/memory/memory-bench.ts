import { Client, Connection } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorkerChild } from '../../tools/demo/worker-child';
import { seconds, type Progress } from '../../tools/progress';
import type { Stack } from '../../tools/stack/stack';
import { Nodes } from '../drain/nodes';
import type { Bench, BenchReport } from '../bench';
import { countWaiting, startWaitingPlans } from './waiting-plans';
import { settledMemory, type WorkerMemory } from './worker-memory';

const CLUSTER = 'bench';
/** What Node chooses by itself in a container of 512 MiB (half of it for the heap, a 128th of that for new objects); few arenas of the C library. */
const asInContainer = {
  NODE_OPTIONS: '--max-old-space-size=256 --max-semi-space-size=2',
  MALLOC_ARENA_MAX: '2',
};
const GOAL_MIB = 300;
const AT = 1_000;
/** Growth from 1,000 to the last reading that still counts as flat. */
const FLAT = 1.1;

/** What plans that wait for a person cost the worker that would go on with them. */
export const memoryBench: Bench = {
  title: 'memory: plans waiting for approval',
  nodes: 2,
  async run(stack, { waiting }, progress) {
    await new Nodes(stack, 1).fill();
    const connection = await Connection.connect({ address: stack.temporalAddress });
    const client = new Client({ connection, namespace: stack.temporalNamespace });
    try {
      const limited = await measure({ stack, client, progress, env: asInContainer }, 0, waiting);
      const free = await measure({ stack, client, progress, env: {} }, waiting, waiting + AT);
      return report(limited, free.get(waiting + AT)!);
    } finally {
      await connection.close();
    }
  },
};

interface Lab {
  stack: Stack;
  client: Client;
  progress: Progress;
  env: Readonly<Record<string, string>>;
}

/** Starts a worker and then plans, a thousand at a time; the worker's memory by the number of plans that wait. */
async function measure(lab: Lab, from: number, to: number): Promise<Map<number, WorkerMemory>> {
  const { client, progress } = lab;
  const worker = await startWorkerChild(lab.stack, CLUSTER, { env: lab.env });
  try {
    const readings = new Map([[from, await settledMemory(worker.url)]]);
    for (let plans = from; plans < to;) {
      const until = Math.min(to, plans + AT);
      const startedAt = Date.now();
      await startWaitingPlans(client, CLUSTER, plans, until);
      await allWaiting(client, until, progress);
      const memory = await settledMemory(worker.url);
      readings.set((plans = until), memory);
      progress.line(`${until} plans waiting after ${seconds(Date.now() - startedAt)} more: ${describe(memory)}`);
    }
    return readings;
  } finally {
    await worker.stop();
  }
}

async function allWaiting(client: Client, plans: number, progress: Progress): Promise<void> {
  const deadline = Date.now() + 600_000;
  for (;;) {
    const count = await countWaiting(client);
    if (count >= plans) return;
    if (Date.now() > deadline) throw new Error(`only ${count} of ${plans} plans came to wait for approval`);
    progress.live(`${count} of ${plans} plans wait`);
    await sleep(1_000);
  }
}

function report(readings: ReadonlyMap<number, WorkerMemory>, free: WorkerMemory): BenchReport {
  const first = readings.get(AT) ?? [...readings.values()].at(-1)!;
  const [count, last] = [...readings].at(-1)!;
  return {
    rows: [...readings].map(([plans, { rss }]) => ({
      measure: `RSS of the worker, ${plans.toLocaleString('en')} plans waiting`,
      unit: 'MiB',
      ours: [rss],
      ...(plans === AT && { goal: { text: `< ${GOAL_MIB} MiB`, met: rss < GOAL_MIB } }),
      ...(plans === count &&
        plans > AT && { goal: { text: `≤ ${FLAT}× of 1,000`, met: last.rss <= FLAT * first.rss } }),
    })),
    notes: [
      `One worker process with the settings' defaults and all queues, started as in a container of 512 MiB (\`NODE_OPTIONS=${asInContainer.NODE_OPTIONS}\`, \`MALLOC_ARENA_MAX=${asInContainer.MALLOC_ARENA_MAX}\`). Each plan has a real preview (a dry-run on the API server) and waits for its approval on a durable timer. Read when the RSS has settled; nothing forces a garbage collection.`,
      `A second worker without those limits, after ${AT.toLocaleString('en')} plans more: ${describe(free)}. Node collects garbage late where memory is plenty.`,
      ...[...readings].map(([plans, memory]) => `${plans.toLocaleString('en')} plans: ${describe(memory)}.`),
    ],
  };
}

function describe({ rss, heap, cached }: WorkerMemory): string {
  return `RSS ${rss.toFixed(0)} MiB, heap of the main thread ${heap.toFixed(0)} MiB, ${cached} workflows in the cache`;
}
