import { KubernautError } from '../../../../plan/errors';
import type { ActionContext } from '../../../contract';
import { shownOutput } from './shown-output';

/** The end of a log, or why there is none: a missing log must not look like an empty one. */
export type LogTail = { log: string } | { logAbsent: string };

/** Lines may be long: the server counts bytes from the first line of the tail, and it is the last one that matters. */
const READ_BYTES = 256 * 1024;

export interface LogTailOptions {
  container: string;
  lines: number;
  maxBytes?: number;
  sinceSeconds?: number;
  previous?: boolean;
}

/** Bounded and redacted (`shownOutput`). Throws only what ends the phase: a log is worth reading, never worth failing for. */
export async function logTail(
  ctx: ActionContext,
  pod: { namespace?: string; name: string },
  { container, lines, maxBytes, sinceSeconds, previous }: LogTailOptions,
): Promise<LogTail> {
  try {
    const raw = await ctx.cluster.logs(
      { namespace: pod.namespace ?? '', name: pod.name },
      { container, tailLines: lines, limitBytes: READ_BYTES, sinceSeconds, previous },
    );
    return { log: shownOutput(raw, { maxBytes }) };
  } catch (error) {
    if (!(error instanceof KubernautError) || error.code === 'CANCELLED') throw error;
    return { logAbsent: error.message };
  }
}
