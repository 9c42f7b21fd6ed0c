import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CliIo } from './cli-io';

export interface ChildOptions {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Default: all inherited. */
  stdio?: 'inherit' | ['ignore', number | 'inherit', number | 'inherit'];
}

/**
 * Runs a program to its end and returns its exit code. When the CLI is told to stop, the program gets one SIGTERM: it is in a
 * process group of its own, because a Ctrl-C in the terminal would reach it a second time, and a second signal ends a worker
 * without draining.
 */
export async function runChild(
  io: CliIo,
  program: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<number> {
  const { env, cwd, stdio = 'inherit' } = options;
  io.ownsProcesses();
  const child = spawn(program, [...args], { env, cwd, stdio, detached: true });
  const stop = (): void => void child.kill('SIGTERM');
  if (io.signal.aborted) stop();
  io.signal.addEventListener('abort', stop, { once: true });
  // The last resort: whatever ends this process in an orderly way must not leave the other one behind.
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? (signal === null ? 1 : 128 + signalNumber(signal));
  } finally {
    process.off('exit', end);
    io.signal.removeEventListener('abort', stop);
  }
}

function signalNumber(signal: NodeJS.Signals): number {
  const numbers: Partial<Record<NodeJS.Signals, number>> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGKILL: 9,
    SIGSEGV: 11,
    SIGTERM: 15,
  };
  return numbers[signal] ?? 0;
}
