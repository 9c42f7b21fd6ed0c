import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { exportStatus } from '../../activities/audit/export-status';
import { signingKeyOf } from '../../activities/audit/keys';
import { verifyChain } from '../../activities/audit/verify-chain';
import type { ExportStatus } from '../../plan/audit/export';
import type { Progress } from '../../tools/progress';
import type { Bench } from '../bench';
import { Side } from '../side';
import { type SinkServer, startSinkServer } from './sink-server';

const SINK = 'remote';
const NAMESPACE = 'outage';
/** Between one plan and the next; each changes something and ends. */
const PACE_MS = 1_000;
const CATCH_UP_MS = 300_000;

/** A sink that is down for minutes while remediations go on: what it has afterwards, and how soon. */
export const outageBench: Bench = {
  title: 'outage: a sink of audits that is down',
  nodes: 0,
  async run(stack, { outageMinutes }, progress) {
    const sink = await startSinkServer();
    sink.isDown = true;
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const file = join(stack.workdir, 'outage.pem');
    writeFileSync(file, pem);
    const audit = { key: { file }, sinks: [{ name: SINK, type: 'http', url: sink.url }] };
    const connection = await Connection.connect({ address: stack.temporalAddress });
    const worker = join(__dirname, '..', 'observability', 'worker.js');
    const side = await Side.open(stack, connection, { name: NAMESPACE, worker, args: [JSON.stringify({ audit })] });
    const client = new Client({ connection, namespace: NAMESPACE });
    try {
      const ended = await endMany(side, outageMinutes * 60_000, progress);
      const before = await waitUntil(client, ({ waiting }) => waiting === ended, 'all of them wait');
      if (before.exported > 0 || sink.segments.size > 0) throw new Error('the sink was not down');
      const upAt = Date.now();
      sink.isDown = false;
      await waitUntil(client, ({ waiting }) => waiting === 0, 'the sink has all');
      const caughtUp = (Date.now() - upAt) / 1_000;
      const lost = ended - (await runsIn(sink, pem));
      return {
        rows: [
          { measure: 'remediations that ended meanwhile', unit: '', ours: [ended] },
          {
            measure: 'of those not in the sink afterwards',
            unit: '',
            ours: [lost],
            goal: { text: '0', met: lost === 0 },
          },
          { measure: 'until the sink had all', unit: 's', ours: [caughtUp] },
        ],
        notes: [
          `The sink answered with 503 for ${outageMinutes} minutes, to ${sink.refused} requests; meanwhile one plan after the other was carried out, at most one a second, and each ended as it should. Afterwards every segment is fetched and the chain verified: each run is in it once.`,
          'The exporter tries again at most every 20 s, which is most of the time until the sink had all.',
        ],
      };
    } finally {
      await side.stop();
      await Promise.all([sink.close(), connection.close()]);
    }
  },
};

async function endMany(side: Side, forMs: number, progress: Progress): Promise<number> {
  const until = Date.now() + forMs;
  let ended = 0;
  while (Date.now() < until) {
    const took = await side.one();
    ended++;
    progress.live(`${ended} remediations have ended while the sink is down`);
    await sleep(Math.max(0, PACE_MS - took));
  }
  progress.line(`${ended} remediations have ended while the sink was down`);
  return ended;
}

async function waitUntil(client: Client, wished: (status: ExportStatus) => boolean, what: string) {
  const until = Date.now() + CATCH_UP_MS;
  for (;;) {
    const status = await exportStatus(client, SINK, 10_000);
    if (wished(status)) return status;
    if (Date.now() > until)
      throw new Error(`${what}: not so within ${CATCH_UP_MS / 1_000} s, ${JSON.stringify(status)}`);
    await sleep(200);
  }
}

/** Different runs that the chain in the sink holds. */
async function runsIn(sink: SinkServer, pem: string): Promise<number> {
  const runs = new Set<string>();
  const segments = [...sink.segments].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = segments.map(([file, body]) => ({ file, lines: body.split('\n') }));
  const keys = [await signingKeyOf(pem)];
  const chain = await verifyChain(lines, { keys, onRun: (_, runId) => void runs.add(runId) });
  if (chain.faults.length > 0) throw new Error(`the chain is not whole: ${JSON.stringify(chain.faults[0])}`);
  if (chain.runs !== runs.size) throw new Error(`${chain.runs - runs.size} runs are in the chain twice`);
  return runs.size;
}
