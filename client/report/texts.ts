import type { AuditRecord } from '../../activities/audit/reader/audit-record';

/** `14:03:22` of a time in ms, in UTC: who reads it may be anywhere. */
export function timeText(time: number): string {
  return new Date(time).toISOString().slice(11, 19);
}

/** `2026-11-24 14:03:22 UTC`. */
export function dateText(time: number | string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `350 ms`, `12 s`, `4 min 5 s`, `2 h 3 min`. */
export function spanText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** `rolled back` of `rolled_back`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}

/** A JSON value for reading; one side of a change that is absent is said to be. */
export function valueText(value: unknown): string {
  if (value === undefined) return '(absent)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `good`, `warn`, `bad` or `live`, for colours that only go along with the word. */
export function toneOf(state: string): string {
  if (['succeeded', 'no_effect', 'done', 'undone'].includes(state)) return 'good';
  if (/^(running|open|pending|in )/.test(state)) return 'live';
  if (/^(rolled_back|aborted|rejected|expired|cancelled|refused|skipped|awaiting)/.test(state)) return 'warn';
  return 'bad';
}

/** `req-7, https://holmes.example/req-7, confidence 0.9`. */
export function investigationText({ id, url, confidence }: NonNullable<AuditRecord['investigation']>): string {
  return [id, url, confidence === undefined ? undefined : `confidence ${confidence}`].filter(Boolean).join(', ');
}
