import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { alternate } from '../alternate';
import type { Bench, BenchOptions, BenchReport } from '../bench';
import { spread } from '../spread';
import type { Progress } from '../../tools/progress';
import { Side, type SideOptions } from '../side';

/** Plans one after the other in each round. */
const IN_A_ROW = 20;
const GOAL_ADDED_MS = 150;
const GOAL_PER_SECOND = 20;

/** What the guards cost a plan that nobody is in the way of, and how many plans get through one cluster's guard. */
export const guardBench: Bench = {
  title: 'guard: plans with their guards and without',
  nodes: 0,
  async run(stack, options, progress) {
    const connection = await Connection.connect({ address: stack.temporalAddress });
    const on = await Side.open(stack, connection, sideOf('on'));
    const off = await Side.open(stack, connection, sideOf('off'));
    try {
      return await compare({ on, off }, options, progress);
    } finally {
      await Promise.all([on.stop(), off.stop()]);
      await connection.close();
    }
  },
};

const sideOf = (guards: 'on' | 'off'): SideOptions => ({
  ...{ name: `guards-${guards}`, worker: join(__dirname, 'worker.js'), args: [guards] },
});

async function compare(
  { on, off }: Record<'on' | 'off', Side>,
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
    return plans / ((performance.now() - startedAt) / 1000);
  };
  const many = await alternate(
    { on: atOnce(on), off: atOnce(off) },
    { rounds, what: `${plans} plans at once`, unit: 'plans/s', progress },
  );
  const added = alone.on.map((ms, round) => ms - alone.off[round]!);
  return {
    rows: [
      {
        measure: 'a plan of one step that nobody is in the way of',
        unit: 'ms',
        ours: alone.on,
        theirs: { name: 'guards off', values: alone.off },
      },
      {
        measure: 'of that, added by its guards',
        unit: 'ms',
        ours: added,
        goal: { text: `≤ ${GOAL_ADDED_MS} ms`, met: spread(added).median <= GOAL_ADDED_MS },
      },
      {
        measure: `${plans} such plans started at once, through the guard of one cluster`,
        unit: 'plans/s',
        ours: many.on,
        theirs: { name: 'guards off', values: many.off },
        goal: { text: `≥ ${GOAL_PER_SECOND}/s`, met: spread(many.on).median >= GOAL_PER_SECOND },
      },
    ],
    notes: [
      'Both sides: the same server, a worker process and a Temporal namespace each, default settings but for the rate of the cluster; a step is an action whose phases do nothing. Each plan has a target of its own, so with guards on it takes two: a new one of its target, and that of the cluster, which lets five in at a time.',
    ],
  };
}
