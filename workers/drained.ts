import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Workers } from './create-workers';

/** How long polls may take to end at the server once nothing is under way, and how often that is looked at. */
const POLL_END_MS = 3_000;
const LOOK_MS = 250;

/**
 * Waits for the end of workers in a process that ends with them. A shutdown that overtakes a poll on its way to the server
 * leaves that poll open there, for up to a minute in which nothing can happen any more (temporalio/temporal#9545): that minute is
 * not waited for, since the end of the process closes the poll just as well.
 *
 * @param running of `workers.run()`; its rejection is passed on
 * @param signal after whose abort `workers.shutdown()` was called
 */
export async function drained(
  workers: Pick<Workers, 'isIdle'>,
  { running, signal, logger }: { running: Promise<void>; signal: AbortSignal; logger: Pick<Logger, 'info'> },
): Promise<void> {
  const ended = running.then(() => true);
  if (!signal.aborted) await Promise.race([ended, once(signal, 'abort')]);
  let idleSince: number | undefined;
  while (!(await Promise.race([ended, sleep(LOOK_MS, false)]))) {
    idleSince = workers.isIdle() ? (idleSince ?? Date.now()) : undefined;
    if (idleSince === undefined || Date.now() - idleSince < POLL_END_MS) continue;
    logger.info('a poll is still open at the server; it ends with this process');
    return;
  }
}
