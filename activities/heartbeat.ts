import type { JsonObject } from '../plan/json';
import { sanitizeMessage } from './redact';

/** What a heartbeat carries; shown in the Web UI and by `temporal workflow describe` as the pending activity's details. */
export interface Progress {
  message: string;
  details?: JsonObject;
  /** ISO 8601. */
  at: string;
}

export interface Heartbeat {
  /** Remembers the progress, and sends it at once unless one was sent just now; then the next beat carries it. */
  progress(message: string, details?: JsonObject): void;
  stop(): void;
}

const MAX_DETAILS_BYTES = 1024;
/** A chatty action must not turn every object it sees into a call to the server. */
const MIN_INTERVAL_MS = 500;
const MAX_INTERVAL_MS = 5_000;
/** Most phases are over before: they cost the server no heartbeat at all. */
const FIRST_BEAT_MS = 1_000;

/**
 * Beats by itself while a phase runs, so that one slow call does not look like a lost worker; a stuck event loop stops the
 * beating, and the server gives the activity to another worker after the heartbeat timeout. Heartbeats also carry the news
 * of a cancel back, so their interval bounds how late it arrives. The first one is sent after a second, or at the first
 * progress: being started, the server knows by itself.
 *
 * @param send Temporal's `Context.heartbeat`; the SDK throttles it further (80 % of the heartbeat timeout or the worker's
 * `maxHeartbeatThrottleInterval`)
 * @param timeoutMs heartbeat timeout of the activity; a third of it, at most 5 s, is the interval
 */
export function startHeartbeat(send: (progress: Progress) => void, timeoutMs?: number, now = Date.now): Heartbeat {
  let latest: Progress = { message: 'started', at: new Date(now()).toISOString() };
  let sentAt = 0;
  const beat = () => {
    sentAt = now();
    send(latest);
  };
  const interval = Math.min(MAX_INTERVAL_MS, (timeoutMs ?? Infinity) / 3);
  let timer = setTimeout(
    () => {
      beat();
      timer = setInterval(beat, interval).unref();
    },
    Math.min(FIRST_BEAT_MS, interval),
  ).unref();
  return {
    progress(message, details) {
      latest = { message: sanitizeMessage(message, 300), at: new Date(now()).toISOString(), ...bounded(details) };
      if (now() - sentAt >= MIN_INTERVAL_MS) beat();
    },
    // One kind of handle in Node: this ends the timeout as well as the interval.
    stop: () => clearInterval(timer),
  };
}

function bounded(details?: JsonObject): { details?: JsonObject } {
  if (details === undefined) return {};
  return JSON.stringify(details).length <= MAX_DETAILS_BYTES ? { details } : { details: { omitted: 'too large' } };
}
