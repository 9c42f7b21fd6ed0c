import { Argument, Command, InvalidArgumentError } from 'commander';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamProgress, type Progress } from '../tools/progress';
import { startStack } from '../tools/stack/start-stack';
import { auditBench } from './audit/audit-bench';
import { outageBench } from './audit/outage-bench';
import type { Bench, BenchOptions } from './bench';
import { bridgeBench } from './bridge/bridge-bench';
import { drainBench } from './drain/drain-bench';
import { guardBench } from './guard/guard-bench';
import { incidentBench } from './incident/incident-bench';
import { memoryBench } from './memory/memory-bench';
import { observabilityBench } from './observability/observability-bench';
import { planBench } from './plan/plan-bench';
import { reportBench } from './report/report-bench';
import { renderReport } from './render-report';
import { writeSection } from './results-file';
import { renderSurroundings, surroundings } from './surroundings';

const benches: Readonly<Record<string, Bench>> = {
  plan: planBench,
  drain: drainBench,
  memory: memoryBench,
  bridge: bridgeBench,
  guard: guardBench,
  incident: incidentBench,
  report: reportBench,
  audit: auditBench,
  outage: outageBench,
  observability: observabilityBench,
};

/** `npm run bench`: progress on stderr, results on stdout and in bench/RESULTS.md. */
async function main(): Promise<void> {
  const command = new Command('bench')
    .description('Measures Kubernaut against what it is built on, on servers of its own. Best on a quiet machine.')
    .addArgument(new Argument('[benches...]', 'which ones; default: all').choices(Object.keys(benches)))
    .option('--rounds <n>', 'rounds of each comparison', wholeNumber, 5)
    .option('--steps <n>', 'plan: sequential steps of the long plan', wholeNumber, 100)
    .option('--plans <n>', 'plan, guard: short plans started at once', wholeNumber, 100)
    .option('--pods <n>', 'drain: pods on the node', wholeNumber, 100)
    .option('--waiting <n>', 'memory: plans that wait for approval at the end', wholeNumber, 5000)
    .option('--runs <n>', 'audit: remediations that have ended', wholeNumber, 10_000)
    .option('--outage-minutes <n>', 'outage: how long the sink is down', wholeNumber, 10)
    .option('--cpu-profile <folder>', 'write CPU profiles of the workers there')
    .option('--quiet-within <minutes>', 'wait at most so long for the load to fall below 0.5', wholeNumber, 0)
    .option('--no-write', 'leave bench/RESULTS.md as it is')
    .parse();
  const names = command.processedArgs[0] as string[];
  const { write, quietWithin, ...options } = command.opts<BenchOptions & { write: boolean; quietWithin: number }>();
  const progress = streamProgress();
  for (const name of names.length > 0 ? names : Object.keys(benches)) {
    await waitForQuiet(quietWithin, progress);
    const { title, body } = await measure(benches[name]!, options, progress);
    process.stdout.write(`## ${title}\n\n${body}\n`);
    if (write) progress.line(`written to ${await writeSection(title, body)}`);
  }
}

async function measure(
  bench: Bench,
  options: BenchOptions,
  progress: Progress,
): Promise<{ title: string; body: string }> {
  const around = await surroundings();
  progress.line(`${bench.title}: load before ${around.loadBefore.toFixed(2)}`);
  const stack = await startStack({ nodes: bench.nodes, progress });
  const onSignal = (signal: NodeJS.Signals) => {
    void stack.stop().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const report = await bench.run(stack, options, progress);
    return { title: bench.title, body: `${renderSurroundings(around)}\n\n${renderReport(report)}` };
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await stack.stop();
  }
}

async function waitForQuiet(minutes: number, progress: Progress): Promise<void> {
  const end = Date.now() + minutes * 60_000;
  while (Date.now() < end && loadavg()[0]! >= 0.5) {
    progress.live(`waiting for a quiet machine, load ${loadavg()[0]!.toFixed(2)}`);
    await sleep(5_000);
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number, 1 or more.');
  return value;
}

main().then(
  // Handles of the native client would keep the process alive otherwise.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`The bench failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
