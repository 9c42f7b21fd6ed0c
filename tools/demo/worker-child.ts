import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { SetupError } from '../setup-error';
import { freePorts } from '../stack/free-port';
import type { Stack } from '../stack/stack';

export interface WorkerChild {
  /** Base of `/metrics`, `/healthz`, `/readyz`. */
  url: string;
  logFile: string;
  /** SIGTERM, and awaits the end. */
  stop(): Promise<void>;
}

export interface WorkerChildOptions {
  /** Added to the environment of this process. */
  env?: Readonly<Record<string, string>>;
}

/**
 * A worker for the stack's cluster as a process of its own, as in production; ready when it resolves.
 *
 * @param cluster name of the cluster in plans
 * @throws SetupError with the log's place when it does not become ready within 30 s
 */
export async function startWorkerChild(
  stack: Stack,
  cluster: string,
  options: WorkerChildOptions = {},
): Promise<WorkerChild> {
  const [port] = await freePorts(1);
  const settings = {
    temporal: { address: stack.temporalAddress, namespace: stack.temporalNamespace, webUi: stack.webUiUrl },
    clusters: [{ name: cluster, kubeconfig: stack.kubeconfig, context: stack.context }],
    policy: { mode: 'auto', selfApproval: true },
    worker: { metrics: { port }, shutdownGraceSeconds: 2 },
    // The story comes back to the same Deployment within minutes, and its cluster is small.
    guards: { cooldown: '1s', nodes: { minSchedulable: 1 } },
  };
  const file = join(stack.workdir, 'kubernaut.yaml');
  const logFile = join(stack.workdir, 'worker.log');
  await writeFile(file, stringify(settings), { mode: 0o600 });
  const log = createWriteStream(logFile);
  const child = spawn(process.execPath, [join(__dirname, '..', '..', 'workers', 'main.js'), '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  // The last resort: whatever ends this process in an orderly way must not leave the other one behind.
  const last = (): void => void child.kill('SIGKILL');
  process.once('exit', last);
  child.once('exit', () => process.off('exit', last));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const worker = { url: `http://127.0.0.1:${port}`, logFile, stop: () => end(child) };
  await ready(child, worker);
  return worker;
}

async function ready(child: ChildProcess, { url, logFile }: WorkerChild): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  await end(child);
  throw new SetupError('The worker did not become ready within 30 s', {
    logFile,
    remedy: 'Look at the end of its log.',
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
