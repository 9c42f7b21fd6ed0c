import type { Clock } from '../../../contract';

/**
 * Turns a reading into one that has held for `forMs` without a break: conditions of controllers lag behind, and a failure
 * left over from before our change is gone after their next sync.
 */
export function persisting(clock: Clock, forMs: number): (holds: boolean) => { lasted: boolean; leftMs: number } {
  let since: number | undefined;
  return (holds) => {
    if (!holds) {
      since = undefined;
      return { lasted: false, leftMs: forMs };
    }
    since ??= clock.now();
    const leftMs = Math.max(0, since + forMs - clock.now());
    return { lasted: leftMs === 0, leftMs };
  };
}
