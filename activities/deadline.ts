/** What Temporal allows this attempt, from the activity's info; 0 or absent means no such timeout. */
export interface ActivityTimes {
  scheduledTimestampMs: number;
  scheduleToCloseTimeoutMs?: number;
  startToCloseTimeoutMs?: number;
}

export interface Deadline {
  /** Milliseconds since the epoch; after it the phase should give up by itself, with its own words. */
  at: number;
  /** A little later its signal is aborted, still before Temporal's own timeout, which could not say what was going on. */
  abortAt: number;
}

/**
 * The earliest of the step's deadline and the activity's own timeouts, each less a margin of 5 % (between 100 ms and 5 s).
 *
 * @param stepDeadline ISO 8601
 * @param startedAt when this attempt started, on this machine's clock
 */
export function phaseDeadline(stepDeadline: string | undefined, times: ActivityTimes, startedAt: number): Deadline {
  const ends: [end: number, allowed: number][] = [];
  if (times.startToCloseTimeoutMs) ends.push([startedAt + times.startToCloseTimeoutMs, times.startToCloseTimeoutMs]);
  if (times.scheduleToCloseTimeoutMs) {
    ends.push([times.scheduledTimestampMs + times.scheduleToCloseTimeoutMs, times.scheduleToCloseTimeoutMs]);
  }
  const limits = ends.map(([end, allowed]) => {
    const margin = Math.min(5_000, Math.max(100, allowed * 0.05));
    return { at: end - margin, abortAt: end - margin / 2 };
  });
  if (stepDeadline !== undefined) {
    const at = Date.parse(stepDeadline);
    // An abort right at the deadline would take from the action the chance to say what it was waiting for.
    if (Number.isFinite(at)) limits.push({ at, abortAt: at + 2_000 });
  }
  const earliest = (field: keyof Deadline) => Math.min(Number.MAX_SAFE_INTEGER, ...limits.map((limit) => limit[field]));
  return { at: earliest('at'), abortAt: earliest('abortAt') };
}
