import { parseTime } from '../cli/commands/audit-time';
import type { AuditRecord } from '../../activities/audit/reader/audit-record';
import { matchesRecords, queryOf } from './search-audit';

const record = (more: Partial<AuditRecord>): AuditRecord => ({
  at: '2026-11-24T00:00:00.000Z',
  kind: 'activity',
  status: 'done',
  what: 'x',
  runId: 'r',
  event: 1,
  ...more,
});

test('what visibility can answer is asked of it, and no value can end its string', () => {
  const filter = { action: "a' OR 'x' = 'x", outcome: 'rolled_back', since: new Date('2026-11-01T00:00:00Z') };
  expect(queryOf(filter, '2026-11-24T00:00:00.000Z')).toBe(
    `WorkflowType = 'remediation' AND KubernautOutcome = 'rolled_back' AND KubernautActions = 'a'' OR ''x'' = ''x'` +
      ` AND StartTime >= '2026-11-01T00:00:00.000Z' AND StartTime <= '2026-11-24T00:00:00.000Z'`,
  );
});

test('a person is who asked or steered, by name or by identity; workers are none', () => {
  const records = [
    record({ kind: 'started', by: 'alice', identity: 'ci@runner' }),
    record({ kind: 'steering', by: 'bob' }),
    record({ kind: 'activity', identity: '12@worker' }),
  ];
  const found = (by: string) => matchesRecords(records, { by });
  expect(['alice', 'ci', 'ci@runner', 'bob'].map(found)).toEqual([true, true, true, true]);
  expect(['12', '12@worker', 'ali', 'BOB', ''].map(found)).toEqual([false, false, false, false, false]);
});

test('a target is that of any step, planned or done, in any cluster unless it is named', () => {
  const records = [
    record({ kind: 'check', steps: [{ id: 'a', action: 'x', target: 'prod: Deployment/shop/web' }] }),
    record({ target: 'prod: Node/n-1' }),
  ];
  const found = (target: string) => matchesRecords(records, { target });
  expect(['Deployment/shop/web', 'prod: Deployment/shop/web', 'Node/n-1'].map(found)).toEqual([true, true, true]);
  expect(['shop/web', 'Deployment/shop/we', 'test: Node/n-1'].map(found)).toEqual([false, false, false]);
});

test('times are dates, times with a zone, or how long ago; what could be read in two ways is refused', () => {
  expect(parseTime('2026-11-24').toISOString()).toBe('2026-11-24T00:00:00.000Z');
  expect(parseTime('2026-11-24T10:00:00+02:00').toISOString()).toBe('2026-11-24T08:00:00.000Z');
  expect(Math.abs(Date.now() - 7 * 86_400_000 - parseTime('7d').getTime())).toBeLessThan(5000);
  for (const text of ['2026-11-24T10:00:00', '24.11.2026', 'yesterday', '7w', '2026-13-01', '']) {
    expect(() => parseTime(text)).toThrow('Expected a date');
  }
});
