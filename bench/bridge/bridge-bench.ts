import { Agent } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import axios, { type AxiosInstance } from 'axios';
import { Connection } from '@temporalio/client';
import { registerSearchAttributes } from '../../activities/search-attributes';
import type { Bench } from '../bench';
import { startBridgeChild } from '../../tools/demo/bridge-child';

const TOKEN = 'a-token-for-the-bench-alone';
const PER_SECOND = 200;
const SECONDS = 20;
const INCIDENTS = 100;
const GOAL_MS = 50;

/** From the webhook to its acknowledgement, which is given when Temporal has the alert. */
export const bridgeBench: Bench = {
  title: 'bridge: acknowledgement of alerts',
  nodes: 1,
  async run(stack, { rounds }, progress) {
    const connection = await Connection.connect({ address: stack.temporalAddress });
    try {
      await registerSearchAttributes(connection, stack.temporalNamespace);
    } finally {
      await connection.close();
    }
    const rateLimit = { ingestPerMinute: 1_000_000 };
    const bridge = await startBridgeChild(stack, { cluster: 'bench', token: TOKEN, rateLimit });
    const http = axios.create({
      baseURL: `${bridge.url}/api/v1`,
      proxy: false,
      httpAgent: new Agent({ keepAlive: true }),
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    try {
      await load(http, 'warm-up', 2);
      const p50: number[] = [];
      const p99: number[] = [];
      for (let round = 1; round <= rounds; round++) {
        const times = (await load(http, `round-${round}`, SECONDS)).sort((a, b) => a - b);
        p50.push(quantile(times, 0.5));
        p99.push(quantile(times, 0.99));
        progress.line(`round ${round}: p50 ${p50.at(-1)!.toFixed(1)} ms, p99 ${p99.at(-1)!.toFixed(1)} ms`);
      }
      const measure = `${PER_SECOND} alerts/s of ${INCIDENTS} incidents`;
      return {
        rows: [
          { measure: `${measure}, p50`, unit: 'ms', ours: p50 },
          {
            measure: `${measure}, p99`,
            unit: 'ms',
            ours: p99,
            goal: {
              text: `≤ ${GOAL_MS} ms`,
              met:
                quantile(
                  [...p99].sort((a, b) => a - b),
                  0.5,
                ) <= GOAL_MS,
            },
          },
        ],
        notes: [
          `One alert a message, ${SECONDS} s a round, sent on the clock whether or not earlier ones were answered, so that a slow answer cannot hide behind fewer questions. An answer that is not 202 fails the bench.`,
          'One replica, one bearer token; load generator, bridge and Temporal share the machine. No worker runs: taking alerts in needs none.',
        ],
      };
    } finally {
      await bridge.stop();
    }
  },
};

/** Milliseconds from the moment each alert was due to its acknowledgement. */
async function load(http: AxiosInstance, cluster: string, seconds: number): Promise<number[]> {
  const start = performance.now();
  const sent: Promise<number>[] = [];
  for (let n = 0; n < PER_SECOND * seconds; n++) {
    const due = start + (n * 1000) / PER_SECOND;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    const acknowledged = send(http, cluster, n).then(() => performance.now() - due);
    // Waited for below; until then a failure must not count as unhandled.
    acknowledged.catch(() => undefined);
    sent.push(acknowledged);
  }
  return Promise.all(sent);
}

async function send(http: AxiosInstance, cluster: string, n: number): Promise<void> {
  const labels = { alertname: `A${n}`, cluster, namespace: 'bench', deployment: `app-${n % INCIDENTS}` };
  const alert = { status: 'firing', labels, annotations: {}, startsAt: new Date().toISOString() };
  const { status } = await http.post('/alerts', { version: '4', alerts: [alert] });
  if (status !== 202) throw new Error(`answered with ${status}`);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]!;
}
