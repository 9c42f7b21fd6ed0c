import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { check, lock } from 'proper-lockfile';

export interface LockOptions {
  /** Called once when somebody else holds the lock. */
  onWait?: () => void;
  /** How long to wait for it. Default 30 minutes: a cold build on a small machine takes its time. */
  timeoutMs?: number;
}

/**
 * Runs `work` while holding the lock `<file>.lock`, between processes as well. The lock of a process that was killed is
 * taken over after ten seconds.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const settings = { realpath: false, stale: 10_000 };
  if (options.onWait !== undefined && (await check(file, settings))) {
    options.onWait();
  }
  const release = await lock(file, {
    ...settings,
    retries: {
      retries: Math.ceil((options.timeoutMs ?? 1_800_000) / 250),
      factor: 1,
      minTimeout: 250,
      maxTimeout: 250,
    },
    onCompromised: () => {
      // Taken over while this process slept (a suspended laptop). Everything done under a lock here is put in place by an
      // atomic rename, so doing it twice does no harm.
    },
  });
  try {
    return await work();
  } finally {
    await release().catch(() => undefined);
  }
}
