import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from '../setup-error';

export interface ServiceChild {
  /** Base of its URLs. */
  url: string;
  logFile: string;
  /** SIGTERM, and awaits the end. */
  stop(): Promise<void>;
  /** SIGKILL, and awaits the end. */
  kill(): Promise<void>;
}

export interface ServiceOptions {
  /** Its name, as an error says it. */
  what: string;
  /** Program of the build, and its arguments. */
  args: readonly string[];
  url: string;
  logFile: string;
  /** Added to the environment of this process. */
  env?: Readonly<Record<string, string>>;
  /** Default 30. */
  readyWithinSeconds?: number;
}

/**
 * A part of Kubernaut as a process of its own, as in production; `/readyz` says that it is ready when this resolves.
 *
 * @throws SetupError with the log's place when it does not become ready in time
 */
export async function startServiceChild(options: ServiceOptions): Promise<ServiceChild> {
  const { what, args, url, logFile, env, readyWithinSeconds = 30 } = options;
  const log = createWriteStream(logFile);
  const child = spawn(process.execPath, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  // The last resort: whatever ends this process in an orderly way must not leave the other one behind.
  const last = (): void => void child.kill('SIGKILL');
  process.once('exit', last);
  child.once('exit', () => process.off('exit', last));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  if (await isReady(child, url, readyWithinSeconds))
    return { url, logFile, stop: () => end(child, 'SIGTERM'), kill: () => end(child, 'SIGKILL') };
  await end(child, 'SIGTERM');
  throw new SetupError(`The ${what} did not become ready within ${readyWithinSeconds} s`, {
    logFile,
    remedy: 'Look at the end of its log.',
  });
}

async function isReady(child: ChildProcess, url: string, withinSeconds: number): Promise<boolean> {
  const deadline = Date.now() + withinSeconds * 1000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return true;
    await sleep(100);
  }
  return false;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
