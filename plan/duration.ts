import { KubernautError } from './errors';

/**
 * Durations as people write them in plans: Go-style strings such as `500ms`, `90s`, `1h30m`, `1.5h`.
 * Units are `h`, `m`, `s` and `ms`; there is no `d`, as in Go, since a day is not always 24 hours.
 */

/** The longest duration a plan may name: 30 days. */
export const MAX_DURATION_MS = 30 * 24 * 60 * 60 * 1000;

/** What a duration looks like; part of the published JSON Schema. */
export const DURATION_PATTERN = /^(\d+(\.\d+)?(h|ms|m|s))+$/;

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/**
 * Milliseconds of a Go-style duration, rounded to whole ones.
 *
 * @throws {KubernautError} `PLAN_INVALID` when the text is no duration, or longer than {@link MAX_DURATION_MS}
 */
export function durationMs(text: string): number {
  // 64 characters are plenty, and keep a crafted string from costing time.
  if (text.length > 64 || !DURATION_PATTERN.test(text)) {
    throw new KubernautError(
      'PLAN_INVALID',
      `'${text.slice(0, 64)}' is no duration; write it like 500ms, 90s or 1h30m`,
    );
  }
  let total = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(h|ms|m|s)/g)) total += Number(amount) * unitMs[unit!]!;
  if (total > MAX_DURATION_MS) throw new KubernautError('PLAN_INVALID', `${text} is longer than 30 days (720h)`);
  return Math.round(total);
}

/** `5400000` → `1h30m`, `90500` → `1m30s500ms`, `0` → `0s`. The inverse of {@link durationMs} for whole milliseconds ≥ 0. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  let text = '';
  for (const [unit, size] of Object.entries(unitMs)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text || '0s';
}
