import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { alternate } from '../alternate';
import type { Bench, BenchOptions, BenchReport } from '../bench';
import { medianRatio } from '../row';
import type { Progress } from '../../tools/progress';
import { bareContender, planContender, throughput, timeOne } from './contenders';
import { cpuTime, findProcess } from './cpu-time';
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
      const client = new Client({ connection, namespace: stack.temporalNamespace });
      const server = findProcess(join(stack.workdir, 'bin', 'temporal'));
      return await compare({ client, pids: [worker.pid, server ?? 0] }, options, progress);
    } finally {
      await connection.close();
      await worker.stop();
    }
  },
};

interface Lab {
  client: Client;
  /** Processes whose CPU time is counted: worker and server. */
  pids: readonly number[];
}

async function compare({ client, pids }: Lab, options: BenchOptions, progress: Progress): Promise<BenchReport> {
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
  const cpu = { plan: [] as number[], bare: [] as number[] };
  const many = (name: keyof typeof contenders) => async (round: number) => {
    const before = totalCpu(pids);
    const perSecond = await throughput(contenders[name], plans, SHORT_PLAN_STEPS);
    if (round > 0) cpu[name].push((totalCpu(pids) - before) / plans);
    return perSecond;
  };
  const short = await alternate(
    { plan: many('plan'), bare: many('bare') },
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
      ...(Number.isFinite(cpu.plan[0])
        ? [
            {
              measure: 'CPU time of one such run, worker and server together',
              unit: 'ms',
              ours: cpu.plan,
              theirs: { name: 'bare workflow', values: cpu.bare },
            },
          ]
        : []),
    ],
    notes: [
      'Both sides: the same server, the same worker process, the same limits, each with its own workflow bundle; a step of the plan is an action whose phases do nothing: validate (all side by side), execute, verify.',
      'Started at once, the runs use all cores, so their throughput depends on what else the machine does; the CPU time hardly does.',
      factsLine('plan', facts.plan!),
      factsLine('bare workflow', facts.bare!),
    ],
  };
}

/** NaN where it cannot be read. */
function totalCpu(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (cpuTime(pid) ?? NaN), 0);
}

function factsLine(name: string, facts: HistoryFacts): string {
  const { activities, events, workflowTasks, upserts, eager, bytes } = facts;
  const upserted = upserts > 0 ? `, ${upserts} updates of search attributes` : '';
  return `History of the long ${name}: ${activities} activities (${eager} started eagerly), ${workflowTasks} workflow tasks, ${events} events${upserted}, ${Math.round(bytes / 1024)} KiB.`;
}
