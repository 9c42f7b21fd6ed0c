import type { Json, JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { redactText } from '../../../redact';

/** One event, in one line's worth of facts. */
export type EventLine = {
  at: string;
  type: string;
  reason: string;
  object: string;
  message: string;
  count: number;
};

/** Newest first, of the last `sinceSeconds`, at most `limit`; messages in one line, capped, without what looks like a credential. */
export function eventLines(
  events: readonly KubeObject[],
  { now, sinceSeconds, limit }: { now: number; sinceSeconds: number; limit: number },
): EventLine[] {
  const from = new Date(now - sinceSeconds * 1000).toISOString();
  return events
    .map(lineOf)
    .filter(({ at }) => at >= from)
    .sort((a, b) => b.at.localeCompare(a.at))
    .slice(0, limit);
}

function lineOf(event: KubeObject): EventLine {
  const object = (event.involvedObject ?? {}) as JsonObject;
  const series = (event.series ?? {}) as JsonObject;
  const told = [series.lastObservedTime, event.lastTimestamp, event.eventTime].filter(isText).map(normalTime).sort();
  const at = told.at(-1) ?? normalTime(text(event.metadata.creationTimestamp));
  const message = redactText(text(event.message)).replace(/\s+/g, ' ').trim();
  return {
    at,
    type: text(event.type),
    reason: text(event.reason).slice(0, 100),
    object: `${text(object.kind)} ${text(object.name)}`,
    message: message.length > 200 ? `${message.slice(0, 199)}…` : message,
    count: Number(series.count ?? event.count ?? 1),
  };
}

/** Some times have microseconds, some have none; compared as texts they must be of one form. */
function normalTime(time: string): string {
  const parsed = Date.parse(time);
  return Number.isNaN(parsed) ? '' : new Date(parsed).toISOString();
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function text(value: unknown): string {
  return isText(value) ? value : '';
}

/** How often each reason came, most often first: the first thing to look at. */
export function byReason(lines: readonly EventLine[]): Json {
  const counts = new Map<string, number>();
  for (const { type, reason, count } of lines) {
    const key = `${type} ${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]).slice(0, 20));
}
