import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { lastLines } from '../processes/last-lines';
import { packageRoot } from '../package-root';
import { SetupError } from '../setup-error';

export interface TemporalOptions {
  temporal: string;
  workdir: string;
  port: number;
  webUiPort: number;
  /** Absent: in memory. */
  databaseFile?: string;
  dynamicConfig: Readonly<Record<string, string>>;
}

export interface TemporalServer {
  readonly address: string;
  readonly webUiUrl: string;
  /** SIGKILL, and awaits the end. */
  kill(): Promise<void>;
  /** Kills it if it runs, and starts it again on the same ports and the same database file. */
  restart(): Promise<void>;
}

const NAMESPACE = 'default';
const START_DEADLINE_MS = 30_000;

/**
 * Starts `temporal server start-dev` with `temporal-dev.yaml` and waits until it serves the namespace `default`. The
 * watchdog of the workdir stops it.
 *
 * Throws SetupError with the end of the server's log.
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const command = join(options.workdir, 'bin', 'temporal');
  await mkdir(join(options.workdir, 'bin'), { recursive: true });
  await symlink(options.temporal, command);
  let child = await start(command, options);
  const kill = async (): Promise<void> => {
    const exited = once(child, 'exit');
    if (child.kill('SIGKILL')) await exited;
  };
  return {
    address: `127.0.0.1:${options.port}`,
    webUiUrl: `http://127.0.0.1:${options.webUiPort}`,
    kill,
    async restart() {
      await kill();
      child = await start(command, options);
    },
  };
}

/** What `temporal-dev.yaml` cannot express. A repeatable flag on the command line replaces the file's value, so it is said again. */
export function temporalArguments(options: Omit<TemporalOptions, 'temporal' | 'workdir'>): string[] {
  const dynamicConfig = { 'system.enableActivityEagerExecution': 'true', ...options.dynamicConfig };
  return [
    ...['server', 'start-dev', '--env-file', join(packageRoot(), 'temporal-dev.yaml'), '--env', 'dev'],
    ...['--port', String(options.port), '--ui-port', String(options.webUiPort)],
    ...(options.databaseFile === undefined ? [] : ['--db-filename', options.databaseFile]),
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
  ];
}

async function start(command: string, options: TemporalOptions): Promise<ChildProcess> {
  const logFile = join(options.workdir, 'logs', 'temporal.log');
  const log = await open(logFile, 'a');
  // Own session: Ctrl-C reaches only us, and we decide in which order things end.
  const child = spawn(command, temporalArguments(options), {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: options.workdir,
    // The person's own CLI configuration must not matter.
    env: { ...process.env, TEMPORAL_ADDRESS: undefined, TEMPORAL_CONFIG_FILE: undefined, TEMPORAL_PROFILE: undefined },
  });
  child.unref();
  await log.close();
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  child.once('error', () => ended.abort());
  if (await isServing(`127.0.0.1:${options.port}`, ended.signal)) {
    return child;
  }
  const end = await lastLines(logFile);
  throw new SetupError(
    ended.signal.aborted
      ? 'The Temporal server ended while it was starting'
      : `The Temporal server does not answer after ${START_DEADLINE_MS / 1000} s`,
    {
      logFile,
      lastLines: end,
      remedy: /address already in use/.test(end)
        ? `Something listens on port ${options.port} or ${options.webUiPort}; stop it or choose other ports.`
        : 'See the log.',
    },
  );
}

async function isServing(address: string, ended: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline && !ended.aborted) {
    let connection: Connection | undefined;
    try {
      connection = await Connection.connect({ address, connectTimeout: 1000 });
      await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      return !ended.aborted;
    } catch {
      await sleep(50);
    } finally {
      await connection?.close();
    }
  }
  return false;
}
