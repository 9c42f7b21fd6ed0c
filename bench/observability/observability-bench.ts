import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { openTracing } from '../../activities/tracing/open-tracing';
import { clientTracing } from '../../client/client-tracing';
import { tracingSchema } from '../../config/sections/tracing';
import type { Progress } from '../../tools/progress';
import { freePorts } from '../../tools/stack/free-port';
import { alternate } from '../alternate';
import type { Bench, BenchOptions, BenchReport } from '../bench';
import { medianRatio } from '../row';
import { Side, type SideOptions } from '../side';
import { type Collector, startCollector } from './collector';
import type { Watching } from './watching';

/** Plans one after the other in each round. */
const IN_A_ROW = 20;
const GOAL = 1.03;
/** As often as Prometheus mostly comes; a round is shorter. */
const SCRAPE_MS = 5_000;

/** What it costs a plan to be watched: metrics, traces, and the export of its audit. */
export const observabilityBench: Bench = {
  title: 'observability: plans that are watched, and plans that are not',
  nodes: 0,
  async run(stack, options, progress) {
    const connection = await Connection.connect({ address: stack.temporalAddress });
    const collector = await startCollector();
    const settings = tracingSchema.parse({ url: collector.url });
    const tracing = await openTracing(settings, {
      ...{ service: 'bench', secrets: { read: async () => '' }, warn: (message) => progress.line(message) },
    });
    const [port] = await freePorts(1);
    const scraping = setInterval(
      () => void fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined),
      SCRAPE_MS,
    );
    const audit = join(stack.workdir, 'bench-audit');
    const on = await Side.open(stack, connection, {
      ...sideOf('watched', { metrics: port!, traces: collector.url, audit: exportTo(audit) }),
      interceptors: { workflow: [clientTracing(tracing.tracer)] },
    });
    const off = await Side.open(stack, connection, sideOf('unwatched', {}));
    try {
      return await compare({ on, off, collector, audit }, options, progress);
    } finally {
      clearInterval(scraping);
      await Promise.all([on.stop(), off.stop()]);
      await tracing.close();
      await Promise.all([collector.close(), connection.close()]);
    }
  },
};

function sideOf(name: string, watching: Watching): SideOptions {
  return { name, worker: join(__dirname, 'worker.js'), args: [JSON.stringify(watching)] };
}

/** `audit` of the settings for this folder, with a new key beside it. */
function exportTo(folder: string): object {
  const file = `${folder}.pem`;
  writeFileSync(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { key: { file }, sinks: [{ name: 'disk', type: 'file', folder }] };
}

async function compare(
  { on, off, collector, audit }: { on: Side; off: Side; collector: Collector; audit: string },
  { rounds, plans }: BenchOptions,
  progress: Progress,
): Promise<BenchReport> {
  const inARow = (side: Side) => async () => {
    let ms = 0;
    for (let n = 0; n < IN_A_ROW; n++) ms += await side.one();
    return ms / IN_A_ROW;
  };
  const alone = await alternate(
    { on: inARow(on), off: inARow(off) },
    { rounds, what: `${IN_A_ROW} plans in a row`, unit: 'ms/plan', progress },
  );
  const atOnce = (side: Side) => async () => {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: plans }, () => side.one()));
    return (performance.now() - startedAt) / plans;
  };
  const many = await alternate(
    { on: atOnce(on), off: atOnce(off) },
    { rounds, what: `${plans} plans at once`, unit: 'ms/plan', progress },
  );
  const segments = readdirSync(audit).length;
  if (collector.spans === 0) throw new Error('not one span has arrived: the watched side was not watched');
  if (segments === 0) throw new Error('not one audit was exported: the watched side was not watched');
  return {
    rows: [
      {
        ...{ measure: 'a plan of one step, one after the other', unit: 'ms' },
        ...{
          ours: alone.on,
          theirs: { name: 'unwatched', values: alone.off },
          goal: { text: `≤ ${GOAL}×`, met: medianRatio(alone.on, alone.off) <= GOAL },
        },
      },
      {
        ...{ measure: `a plan of one step, ${plans} started at once`, unit: 'ms' },
        ...{ ours: many.on, theirs: { name: 'unwatched', values: many.off } },
      },
    ],
    notes: [
      'Both sides: the same server, a worker process and a Temporal namespace each, no guards, an action whose phases do nothing. The watched side serves metrics, which are read every 5 s, sends every span of every plan, and exports every audit, signed, to a folder; the other does nothing of that. Started at once, the plans use all cores, so that there the figure is one of CPU time.',
      `Spans that arrived: ${collector.spans}. Segments of audits: ${segments}.`,
    ],
  };
}
