import { phaseDeadline } from './deadline';

const start = Date.parse('2026-01-01T00:00:00Z');

describe('The deadline of a phase', () => {
  test('is the step’s when that comes first, and the abort a little later', () => {
    const deadline = phaseDeadline(
      '2026-01-01T00:01:00Z',
      { scheduledTimestampMs: start, startToCloseTimeoutMs: 600_000 },
      start,
    );
    expect(deadline).toEqual({ at: start + 60_000, abortAt: start + 62_000 });
  });

  test('stays a margin before Temporal’s own timeout, so that our error comes first', () => {
    const deadline = phaseDeadline(
      '2026-01-01T01:00:00Z',
      { scheduledTimestampMs: start, startToCloseTimeoutMs: 20_000 },
      start,
    );
    expect(deadline).toEqual({ at: start + 19_000, abortAt: start + 19_500 });
  });

  test('counts schedule-to-close from when the first attempt was scheduled', () => {
    const deadline = phaseDeadline(
      undefined,
      { scheduledTimestampMs: start - 50_000, scheduleToCloseTimeoutMs: 60_000 },
      start,
    );
    expect(deadline.at).toBe(start + 10_000 - 3_000);
  });

  test('is far away when nothing limits it', () => {
    expect(phaseDeadline(undefined, { scheduledTimestampMs: start }, start).at).toBe(Number.MAX_SAFE_INTEGER);
  });
});
