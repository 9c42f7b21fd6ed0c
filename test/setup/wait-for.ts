import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds on a quiet machine, of which a busy one gets {@link PATIENCE} times as much. Default 15,000. */
  timeout?: number;
  /** Milliseconds between two readings. Default 50. */
  interval?: number;
  /** What is waited for, for the message. Default `the condition`. */
  what?: string;
}

/** A limit is there to end a test that hangs, and is no statement about speed: those measure the time themselves. */
export const PATIENCE = 3;

/**
 * Reads until the predicate holds and returns that reading. Throws with the last reading (or the last error of `read`, which
 * is taken as "not yet") when the time is over.
 */
export async function waitFor<T>(
  read: () => T | Promise<T>,
  predicate: (value: T) => boolean,
  options: WaitOptions = {},
): Promise<T> {
  const timeout = (options.timeout ?? 15_000) * PATIENCE;
  const deadline = Date.now() + timeout;
  let last = 'nothing was read';
  for (;;) {
    try {
      const value = await read();
      if (predicate(value)) {
        return value;
      }
      last = `last reading: ${JSON.stringify(value)?.slice(0, 2000) ?? 'undefined'}`;
    } catch (error) {
      last = `last error: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (Date.now() >= deadline) {
      throw new Error(`${options.what ?? 'The condition'} did not come true within ${timeout} ms; ${last}`);
    }
    await sleep(options.interval ?? 50);
  }
}
