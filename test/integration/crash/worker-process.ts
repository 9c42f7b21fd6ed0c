import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { testEnvironment } from '../../setup';
import type { CrashPoint } from './crashing-cluster';
import type { CrashingWorkerOptions } from './crashing-worker';

const started = new Set<ChildProcess>();

/** A worker in a process of its own, ready to work; it dies at the crash point, if one is given. */
export async function startWorkerProcess(
  namespace: string,
  crash?: CrashPoint,
  more: Partial<CrashingWorkerOptions> = {},
): Promise<ChildProcess> {
  const { temporalAddress, kubeconfig, context, workflowBundlePath } = testEnvironment();
  const options: CrashingWorkerOptions = {
    temporalAddress,
    namespace,
    kubeconfig,
    context,
    workflowBundlePath: workflowBundlePath!,
    ...(crash && { crash }),
    ...more,
  };
  const program = fromSources(join(__dirname, 'crashing-worker.ts'));
  const child = spawn(process.execPath, [...program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.add(child);
  await once(child.stdout, 'data');
  return child;
}

/** Arguments of node for a program of this repository as it is, not as it was built. */
export function fromSources(program: string): string[] {
  return ['--require', join(__dirname, '..', '..', 'setup', 'register-typescript.cjs'), program];
}

/** Resolves when the process has ended; how: the signal's name, or the exit code. */
export async function ended(child: ChildProcess): Promise<string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode ?? String(child.exitCode);
}

export async function stopWorkerProcesses(): Promise<void> {
  for (const child of started) child.kill('SIGKILL');
  await Promise.all([...started].map(ended));
  started.clear();
}
