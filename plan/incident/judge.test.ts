import type { CheckResult, RemediationResult } from '../outcome';
import { effectiveness, measuredBy } from './judge';

function after(...checks: CheckResult[]): RemediationResult {
  const step = { id: 'web', action: 'scale_deployment', status: 'done', checks };
  return { outcome: 'succeeded', reason: 'done', steps: [step] } as unknown as RemediationResult;
}

function check(held: boolean | undefined, holds: boolean): CheckResult {
  const evidence = { verified: holds, summary: `p99 is ${holds ? 0.2 : 0.9}`, data: {} };
  return {
    what: 'p99',
    evidence,
    ...(held !== undefined && { before: { holds: held, reading: held ? '0.1' : '0.8' } }),
  };
}

describe('the effectiveness of a remediation', () => {
  test.each([
    ['a condition that did not hold before and holds now', [check(false, true)], 1],
    ['one that still does not hold', [check(false, false)], 0],
    ['one that held all along is no merit', [check(true, true)], undefined],
    ['one that held before and was broken', [check(true, false)], 0],
    ['one of which nothing is known before', [check(undefined, true)], 1],
    ['one that held all along beside one that was mended', [check(true, true), check(false, true)], 1],
    ['one that was mended beside one that was not', [check(false, true), check(false, false)], 0],
  ])('by metrics: %s', (_, checks, metric) => {
    expect(effectiveness(after(...checks), undefined, undefined)).toEqual(
      metric === undefined ? undefined : { score: metric, metric },
    );
  });

  test('is the mean of what was measured', () => {
    expect(effectiveness(after(check(false, true)), 'bad', 'good')).toEqual({
      score: 0.67,
      health: 1,
      alert: 0,
      metric: 1,
    });
    expect(effectiveness(after(), 'unknown', 'good')).toEqual({ score: 1, health: 1 });
  });

  test('is told with what was read before and after', () => {
    expect(measuredBy(after(check(false, true), check(undefined, true)))).toEqual([
      'web: p99 is 0.2 (before: 0.8)',
      'web: p99 is 0.2',
    ]);
  });
});
