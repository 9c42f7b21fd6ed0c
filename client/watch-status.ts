import { isDeepStrictEqual } from 'node:util';
import type { RemediationResult } from '../plan/outcome';
import { type RemediationStatus, RunPhase } from '../plan/steering';

export interface WatchOptions {
  /** Time between two looks, in milliseconds. A look is a query: it costs no history event. Default 500. */
  intervalMs?: number;
}

export interface WatchSource extends WatchOptions {
  status(): Promise<RemediationStatus>;
  /** Settles when the workflow has ended; what it settles with stands in for a last status that nobody answers any more. */
  ended(signal: AbortSignal): Promise<RemediationResult>;
  signal?: AbortSignal;
}

/** The status now and after every change, until the run has ended or the signal aborts. */
export async function* watchStatus(source: WatchSource): AsyncGenerator<RemediationStatus> {
  const stop = new AbortController();
  const signal = source.signal === undefined ? stop.signal : AbortSignal.any([source.signal, stop.signal]);
  const ended = source.ended(signal);
  // Its failure matters only where it is awaited below; until then it must not count as unhandled.
  ended.catch(() => undefined);
  let last: RemediationStatus | undefined;
  try {
    for (;;) {
      const status = await source.status();
      if (!isDeepStrictEqual(status, last)) yield status;
      last = status;
      if (status.phase === RunPhase.ended) return;
      if ((await pause(source.intervalMs ?? 500, ended, signal)) === 'ended') break;
    }
    const final = await lastStatus(source, last, await ended);
    if (!isDeepStrictEqual(final, last)) yield final;
  } finally {
    stop.abort();
  }
}

/** The workflow has ended: asks once more, and falls back on the result when the worker has gone or it was terminated. */
async function lastStatus(
  source: WatchSource,
  last: RemediationStatus,
  result: RemediationResult,
): Promise<RemediationStatus> {
  const status = await source.status().catch(() => last);
  if (status.phase === RunPhase.ended) return status;
  const { outcome, reason, left, problems } = result;
  return { ...status, phase: RunPhase.ended, outcome, reason, approvals: [], left, problems };
}

async function pause(ms: number, ended: Promise<unknown>, signal: AbortSignal): Promise<'ended' | 'elapsed'> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<'elapsed'>((resolve) => {
    timer = setTimeout(() => resolve('elapsed'), ms);
  });
  try {
    const how = await Promise.race([elapsed, ended.then(() => 'ended' as const)]);
    signal.throwIfAborted();
    return how;
  } finally {
    clearTimeout(timer);
  }
}
