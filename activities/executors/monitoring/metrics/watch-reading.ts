import { KubernautError } from '../../../../plan/errors';
import { formatDuration } from '../../../../plan/duration';
import type { Evidence } from '../../../../plan/step-io';
import type { JsonObject } from '../../../../plan/json';
import type { ActionContext } from '../../../contract';
import { persisting } from '../../kubernetes/wait/persisting';

/** One look at a monitoring system. */
export interface Reading {
  /** As wished for? */
  holds: boolean;
  /** `p99 is 0.42, wanted below 0.3`. */
  summary: string;
  data: JsonObject;
  /** It can no longer come true: the wait ends early. */
  failed?: boolean;
}

export interface ReadingWait {
  what: string;
  /** The reading must hold so long without a break. */
  forMs: number;
  /** Give up after so long: then the last reading is the evidence against it. */
  withinMs: number;
  everyMs: number;
  read(): Promise<Reading>;
}

const LAST_LOOK_MS = 500;

/**
 * Reads until the reading has held for long enough. These APIs offer no watch, so it is asked in steps, each with a heartbeat.
 * A server that does not answer breaks the window: what was not seen is not known to have held.
 *
 * @throws {KubernautError} `CANCELLED`, and whatever reading throws that waiting would not mend
 */
export async function watchReading(ctx: ActionContext, wait: ReadingWait): Promise<Evidence> {
  const lasting = persisting(ctx.clock, wait.forMs);
  // The last look needs time for its answer.
  const end = Math.min(ctx.clock.now() + wait.withinMs + wait.forMs, ctx.deadline - LAST_LOOK_MS);
  for (;;) {
    if (ctx.signal.aborted) throw new KubernautError('CANCELLED', `${wait.what}: cancelled`);
    const reading = await wait.read().catch(whileUnavailable);
    const { lasted, leftMs } = lasting(reading.holds);
    if (lasted) {
      const held = wait.forMs > 0 ? `, for ${formatDuration(wait.forMs)}` : '';
      return { verified: true, summary: `${reading.summary}${held}`, data: reading.data };
    }
    if (reading.failed === true) return { verified: false, summary: reading.summary, data: reading.data };
    const left = end - ctx.clock.now();
    if (left <= 0) {
      const why = reading.holds ? `${reading.summary}, but not for ${formatDuration(wait.forMs)} yet` : reading.summary;
      return { verified: false, summary: why, data: reading.data };
    }
    ctx.progress(
      reading.holds ? `${reading.summary}; must hold for another ${formatDuration(leftMs)}` : reading.summary,
    );
    await ctx.clock
      .sleep(Math.min(wait.everyMs, left, reading.holds ? leftMs : wait.everyMs), ctx.signal)
      .catch(() => undefined);
  }
}

function whileUnavailable(error: unknown): Reading {
  if (error instanceof KubernautError && (error.code === 'UNAVAILABLE' || error.code === 'THROTTLED')) {
    return { holds: false, summary: error.message, data: {} };
  }
  throw error;
}
