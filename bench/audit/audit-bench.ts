import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type AuditFilter, searchAudit } from '../../client/audit/search-audit';
import type { Progress } from '../../tools/progress';
import { seconds } from '../../tools/progress';
import type { Stack } from '../../tools/stack/stack';
import { registerSearchAttributes } from '../../activities/search-attributes';
import type { Bench, BenchReport } from '../bench';
import type { Row } from '../row';
import { spread } from '../spread';
import { closedRuns, RARE, targetOf } from './closed-runs';
import type { ExporterSays } from './exporter';

const GOAL_MS = 2_000;
/** What `kubernaut audit search` shows, and reads, when nothing else is asked for. */
const LIMIT = 50;
const HISTORIES = 1_000;
/** Growth from the first reading to the last that still counts as flat. */
const FLAT = 1.1;
const MIB = 2 ** 20;
/** Node collects garbage late where memory is plenty: what is kept could not be told from what is not collected yet. */
const SMALL_HEAP = ['--max-old-space-size=64', '--max-semi-space-size=2'];

/** What it takes to find and to export among many remediations that have ended. */
export const auditBench: Bench = {
  title: 'audit: search and export of remediations that have ended',
  nodes: 0,
  async run(stack, { rounds, runs }, progress) {
    const connection = await Connection.connect({ address: stack.temporalAddress });
    const client = new Client({ connection, namespace: stack.temporalNamespace });
    try {
      await registerSearchAttributes(connection, stack.temporalNamespace);
      const startedAt = Date.now();
      await closedRuns(client, runs, progress);
      progress.line(`${runs} closed runs after ${seconds(Date.now() - startedAt)}`);
      return report(await searches(client, rounds, progress), await exported(stack, runs, progress), runs);
    } finally {
      await connection.close();
    }
  },
};

async function searches(client: Client, rounds: number, progress: Progress): Promise<Row[]> {
  const wanted: [string, AuditFilter][] = [
    [`the newest ${LIMIT}`, {}],
    ['by action and outcome', { action: 'scale_deployment', outcome: 'rolled_back' }],
    ['by a target of any step', { target: targetOf(7) }],
    [`by a person who asked for one in ${RARE}`, { by: 'bob' }],
  ];
  const rows: Row[] = [];
  for (const [what, filter] of wanted) {
    const ours: number[] = [];
    let [found, histories] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const begin = performance.now();
      const result = await searchAudit(client, filter, { limit: LIMIT, maxHistories: HISTORIES });
      ours.push(performance.now() - begin);
      [found, histories] = [result.found.length, result.histories];
    }
    if (found === 0) throw new Error(`a search ${what} found nothing`);
    const measure = `search ${what}: ${found} found, ${histories} histories read`;
    progress.line(`${measure}: ${Math.round(spread(ours).median)} ms`);
    const met = Math.max(...ours) <= GOAL_MS;
    rows.push({ measure, unit: 'ms', ours, goal: { text: `≤ ${GOAL_MS} ms`, met } });
  }
  return rows;
}

/** Readings of the process that exports all of them, in order. */
async function exported(stack: Stack, runs: number, progress: Progress): Promise<ExporterSays[]> {
  const to = join(stack.workdir, 'exported');
  const args = [stack.temporalAddress, stack.temporalNamespace, to];
  const child = fork(join(__dirname, 'exporter.js'), args, { execArgv: [...SMALL_HEAP] });
  const readings: ExporterSays[] = [];
  child.on('message', (said: ExporterSays) => {
    readings.push(said);
    progress.line(`${said.runs} exported, RSS ${Math.round(said.rssBytes / MIB)} MiB`);
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the export ended with ${code}`);
  if (readings.at(-1)?.runs !== runs) throw new Error(`${readings.at(-1)?.runs} of ${runs} were exported`);
  return readings;
}

function report(rows: Row[], readings: ExporterSays[], runs: number): BenchReport {
  const [first, last] = [readings[0]!, readings.at(-1)!];
  const exportRow = ({ runs: count, rssBytes }: ExporterSays): Row => ({
    measure: `export of all: RSS after ${count.toLocaleString('en')} of them`,
    unit: 'MiB',
    ours: [rssBytes / MIB],
    ...(count === runs && {
      goal: { text: `≤ ${FLAT}× of ${first.runs.toLocaleString('en')}`, met: last.rssBytes <= FLAT * first.rssBytes },
    }),
  });
  return {
    rows: [...rows, ...(first.runs === last.runs ? [last] : [first, last]).map(exportRow)],
    notes: [
      `${runs.toLocaleString('en')} runs of plans of ten steps, with the search attributes of runs that have ended; made by starting and terminating them, so that each history has the plan and the end, and no steps between.`,
      `Visibility knows no persons, and of a plan's targets only the first: for those, histories are read, at most ${HISTORIES.toLocaleString('en')} a search, one call to the server each.`,
      'The export runs in a process of its own, as `kubernaut audit export` does, into one segment, with a heap of at most 64 MiB (`--max-old-space-size=64 --max-semi-space-size=2`).',
    ],
  };
}
