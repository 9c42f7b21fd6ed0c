import { KubernautError } from '../../../../plan/errors';
import type { ActionContext } from '../../../contract';

const ATTEMPTS = 8;

/**
 * Runs read-check-write again when another writer came between (`CONFLICT`): controllers write status all the time, and a
 * conflict says nothing about our fields. `attempt` reads anew and decides anew each time. After 8 tries the CONFLICT goes
 * up; it is retryable there too.
 */
export async function retryConflicts<T>(ctx: ActionContext, attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    if (ctx.signal.aborted) throw new KubernautError('CANCELLED', 'cancelled before the change was made');
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof KubernautError) || error.code !== 'CONFLICT' || tried === ATTEMPTS) throw error;
      await ctx.clock.sleep(20 * tried * (1 + Math.random()), ctx.signal);
    }
  }
}
