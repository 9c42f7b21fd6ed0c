import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from './contract';

/** `setTimeout` takes 31 bits; a longer wait would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    const until = Date.now() + ms;
    try {
      for (let left = ms; left > 0; left = until - Date.now()) {
        await delay(Math.min(left, LONGEST_TIMER_MS), undefined, { signal });
      }
    } catch (error) {
      // Node rejects with an AbortError of its own; whoever waits wants to know why.
      throw signal?.aborted ? signal.reason : error;
    }
    signal?.throwIfAborted();
  },
};
