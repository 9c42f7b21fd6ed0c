import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import axios from 'axios';
import { parseSettings } from '../../../config/parse-settings';
import { Remediations } from '../../../client/remediations';
import { createLogger } from '../../../activities/json-logger';
import { runWorker } from '../../../workers/run-worker';
import { testEnvironment } from '../../setup/environment';
import { UNCACHED_PREFIX } from '../../setup/uncached-prefix';
import { plan, step } from '../../unit/core/world';
import type { RemediationPlan, Step } from '../../../plan/model';
import { WITHOUT_CACHE_MS } from '../engine/lab';
import { clientInOwnNamespace, temporalAddress } from '../worker/temporal';

/** Series of Kubernaut's own and their values; what is not there is 0. */
export type Reading = ReadonlyMap<string, number>;

/** A real worker in this process, with the plugin `meter`, in a Temporal namespace of its own. */
export class MeteredWorker {
  private readonly stop = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** What all of them have logged: the SDK's runtime is one per process and keeps the logger of the first. */
  static readonly lines: Record<string, unknown>[] = [];
  url = '';

  private constructor(
    readonly client: Client,
    readonly remediations: Remediations,
  ) {}

  static async start(
    settings: {
      cachedWorkflows?: number;
      policy?: object;
      holmesgpt?: object;
      clusters?: object[];
      audit?: object;
    } = {},
  ) {
    const {
      cachedWorkflows = 100,
      policy = { mode: 'auto', defaults: false },
      holmesgpt,
      clusters = [],
      audit,
    } = settings;
    const client = await clientInOwnNamespace(`${cachedWorkflows === 0 ? UNCACHED_PREFIX : ''}metrics`);
    const worker = new MeteredWorker(client, new Remediations(client, { callTimeoutMs: WITHOUT_CACHE_MS }));
    const value = {
      temporal: { address: temporalAddress(), namespace: client.options.namespace },
      plugins: [join(__dirname, 'meter-plugin.cjs')],
      policy,
      clusters,
      ...(holmesgpt && { holmesgpt }),
      ...(audit && { audit }),
      worker: {
        metrics: { port: 0 },
        concurrency: { cachedWorkflows },
        shutdownGraceSeconds: 1,
        log: { level: 'debug' },
      },
    };
    const logger = createLogger('debug', { write: (line) => void MeteredWorker.lines.push(JSON.parse(line) as never) });
    await new Promise<void>((resolve, reject) => {
      worker.running = runWorker(parseSettings(value, 'test'), {
        signal: worker.stop.signal,
        logger,
        env: {},
        workflows: { bundlePath: testEnvironment().workflowBundlePath! },
        onStarted: ({ httpUrl }) => {
          worker.url = httpUrl!;
          resolve();
        },
      });
      worker.running.catch(reject);
    });
    return worker;
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
    await this.client.connection.close();
  }

  async text(): Promise<string> {
    const { data } = await axios.get<string>(`${this.url}/metrics`, { proxy: false, responseType: 'text' });
    return data;
  }

  async read(): Promise<Reading> {
    const lines = (await this.text()).split('\n').filter((line) => line.startsWith('kubernaut_'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }

  /** Starts a plan and waits for its end, whatever it is. */
  async run(of: RemediationPlan): Promise<string> {
    const { id } = await this.remediations.start(of);
    await this.remediations.result(id).catch(() => undefined);
    return id;
  }
}

/** What has changed from one reading to the next, of counters and of the counts of histograms. */
export function difference(before: Reading, after: Reading): Record<string, number> {
  const counted = [...after].filter(([series]) => /^\w+_(total|count)(\{|$)/.test(series));
  return Object.fromEntries(
    counted
      .map(([series, value]) => [series.replace(/^kubernaut_/, ''), value - (before.get(series) ?? 0)] as const)
      .filter(([, change]) => change !== 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

let count = 0;
/** A plan of `meter` steps, one after the other, under a name of its own. */
export function meterPlan(steps: Step[], spec: Partial<RemediationPlan['spec']> = {}): RemediationPlan {
  const made = plan(steps, spec);
  return { ...made, metadata: { ...made.metadata, name: `meter-${process.pid}-${++count}` } };
}

export function meter(id: string, params: Record<string, string | number> = {}, more: Partial<Step> = {}): Step {
  const retry = { attempts: 5, initialInterval: '100ms', backoff: 1, maxInterval: '1s' };
  return { ...step(id, { action: 'meter', params: { name: id, ...params }, retry, ...more }), target: undefined };
}
