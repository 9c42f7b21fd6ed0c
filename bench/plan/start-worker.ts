import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { Stack } from '../../tools/stack/stack';

export interface BenchWorker {
  pid: number;
  stop(): Promise<void>;
}

/** Starts the bench's worker process and waits until both of its workers poll. Its log lies in the stack's workdir. */
export async function startBenchWorker(stack: Stack, cpuProfile?: string): Promise<BenchWorker> {
  const workflowsPath = join(__dirname, 'bare-workflow.js');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const bundlePath = join(stack.workdir, 'bench-bundle.js');
  await writeFile(bundlePath, code);
  const logFile = join(stack.workdir, 'bench-worker.log');
  const log = createWriteStream(logFile);
  const child = fork(join(__dirname, 'worker.js'), [stack.temporalAddress, bundlePath], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: cpuProfile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfile}`],
  });
  child.stdout!.pipe(log, { end: false });
  child.stderr!.pipe(log, { end: false });
  const exited = once(child, 'exit');
  const ready = await Promise.race([once(child, 'message').then(() => true), exited.then(() => false)]);
  if (!ready) throw new Error(`the bench's worker ended while it was starting; see ${logFile}`);
  return {
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
