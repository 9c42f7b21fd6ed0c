import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../package-root';

export interface Watchdog {
  readonly pid: number | undefined;
  /**
   * Ends every process started from the folder and removes it; resolves when that is done. Safe to call twice.
   * `keep`: leave the files this time (for the logs of a failure).
   */
  stop(options?: { keep?: boolean }): Promise<void>;
}

export interface WatchdogOptions {
  /** Everything to be ended runs by a path below this folder. Must be absolute and free of symbolic links. */
  folder: string;
  /** Leave the folder's files. Default false. */
  keep?: boolean;
  /** Time between SIGTERM and SIGKILL. Default 2 s. */
  graceMs?: number;
}

/**
 * Starts the process that ends a folder's processes when this one ends, however it ends: SIGKILL included, since the
 * kernel then closes the pipe it reads from. A normal stop takes the very same way.
 */
export function startWatchdog(options: WatchdogOptions): Watchdog {
  const child = spawnWatchdog(options, 'pipe');
  const exited = once(child, 'exit');
  let stopping: Promise<void> | undefined;

  async function stop({ keep = false }: { keep?: boolean } = {}): Promise<void> {
    child.ref();
    child.stdin?.on('error', () => {
      // It is gone already; see below.
    });
    child.stdin?.end(keep ? 'keep' : '');
    const [code] = (await exited) as [number | null];
    if (code !== 0) {
      // Somebody killed the watchdog; its work is still to be done.
      await cleanUp({ ...options, keep: options.keep === true || keep });
    }
  }

  return {
    pid: child.pid,
    stop: (how) => (stopping ??= stop(how)),
  };
}

/** Does at once what a watchdog would have done: for folders whose owner and watchdog are both gone. */
export async function cleanUp(options: WatchdogOptions): Promise<void> {
  await once(spawnWatchdog(options, 'ignore'), 'exit');
}

function spawnWatchdog(options: WatchdogOptions, stdin: 'pipe' | 'ignore'): ChildProcess {
  const child = spawn('/bin/sh', [join(packageRoot(), 'tools', 'processes', 'watchdog.sh')], {
    // A session of its own: Ctrl-C in the terminal must not reach it.
    detached: true,
    cwd: '/',
    stdio: [stdin, 'ignore', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      WATCHDOG_FOLDER: options.folder,
      WATCHDOG_KEEP: options.keep === true ? 'yes' : 'no',
      WATCHDOG_GRACE: String(Math.ceil((options.graceMs ?? 2000) / 100)),
    },
  });
  // Neither the child nor its pipe keeps this process alive.
  if (stdin === 'pipe') {
    child.unref();
    (child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }
  return child;
}
