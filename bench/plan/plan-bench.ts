import { Client, Connection } from '@temporalio/client';
import { alternate } from '../alternate';
import type { Bench, BenchOptions, BenchReport } from '../bench';
import { medianRatio } from '../row';
import type { Progress } from '../../tools/progress';
import { bareContender, planContender, throughput, timeOne, type Contender } from './contenders';
import { historyFacts, type HistoryFacts } from './history-facts';
import { startBenchWorker } from './start-worker';

const SHORT_PLAN_STEPS = 3;

/** What a plan costs on top of a bare Temporal workflow that schedules the same number of activities. */
export const planBench: Bench = {
  title: 'plan: overhead over a bare Temporal workflow',
  nodes: 0,
  async run(stack, options, progress) {
    const worker = await startBenchWorker(stack, options.cpuProfile);
    const connection = await Connection.connect({ address: stack.temporalAddress });
    try {
      return await compare(new Client({ connection, namespace: stack.temporalNamespace }), options, progress);
    } finally {
      await connection.close();
      await worker.stop();
    }
  },
};

async function compare(client: Client, options: BenchOptions, progress: Progress): Promise<BenchReport> {
  const { rounds, steps, plans } = options;
  const contenders = { plan: planContender(client), bare: bareContender(client) };
  const facts: Partial<Record<keyof typeof contenders, HistoryFacts>> = {};
  const perActivity = (name: keyof typeof contenders) => async () => {
    const { ms, handle } = await timeOne(contenders[name], steps);
    facts[name] = await historyFacts(handle);
    return ms / facts[name].activities;
  };
  const long = await alternate(
    { plan: perActivity('plan'), bare: perActivity('bare') },
    { rounds, what: `${steps} sequential steps`, unit: 'ms/activity', progress },
  );
  const many = (contender: Contender) => () => throughput(contender, plans, SHORT_PLAN_STEPS);
  const short = await alternate(
    { plan: many(contenders.plan), bare: many(contenders.bare) },
    { rounds, what: `${plans} runs of ${SHORT_PLAN_STEPS} steps`, unit: 'runs/s', progress },
  );
  return {
    rows: [
      {
        measure: `wall time per activity, ${steps} sequential steps`,
        unit: 'ms',
        ours: long.plan,
        theirs: { name: 'bare workflow', values: long.bare },
        goal: { text: '≤ 1.2×', met: medianRatio(long.plan, long.bare) <= 1.2 },
      },
      {
        measure: `throughput, ${plans} runs of ${SHORT_PLAN_STEPS} steps started at once`,
        unit: 'runs/s',
        ours: short.plan,
        theirs: { name: 'bare workflows', values: short.bare },
        goal: { text: '≥ 0.8×', met: medianRatio(short.plan, short.bare) >= 0.8 },
      },
    ],
    notes: [
      'Both sides: the same server, the same worker process, the same limits; a step of the plan is an action whose phases do nothing: validate (all side by side), execute, verify.',
      factsLine('plan', facts.plan!),
      factsLine('bare workflow', facts.bare!),
    ],
  };
}

function factsLine(name: string, facts: HistoryFacts): string {
  const { activities, events, workflowTasks, upserts, eager, bytes } = facts;
  const upserted = upserts > 0 ? `, ${upserts} updates of search attributes` : '';
  return `History of the long ${name}: ${activities} activities (${eager} started eagerly), ${workflowTasks} workflow tasks, ${events} events${upserted}, ${Math.round(bytes / 1024)} KiB.`;
}
