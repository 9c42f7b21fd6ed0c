import { catalog } from '../test/unit/plan/support/catalog';
import { document, log } from '../test/unit/plan/support/documents';
import { checkPlan } from './check';
import type { JsonObject } from './json';

function check(verify: JsonObject, more: JsonObject = {}) {
  return checkPlan(document({ steps: [log('first', { id: 'first' }), log('a', { verify, ...more })] }), {
    actions: catalog,
  });
}

function problems(verify: JsonObject, more: JsonObject = {}) {
  const result = check(verify, more);
  return result.ok ? [] : result.problems.map(({ path, message, remedy }) => [path, message, remedy]);
}

const place = 'spec.steps[1].verify';

test('conditions written into verify come first in the list, and the list passes again as it is', () => {
  const result = check({
    query: 'up',
    above: 0,
    for: '1m',
    alertResolved: { alertname: 'Slow' },
    checks: [{ query: 'errors', below: '${{ steps.first.evidence.value }}' }],
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  expect(result.plan.spec.steps[1]!.verify).toEqual({
    checks: [
      { query: 'up', above: 0, for: '1m' },
      { alertResolved: { alertname: 'Slow' } },
      { query: 'errors', below: '${{ steps.first.evidence.value }}' },
    ],
  });
  expect(checkPlan(result.plan, { actions: catalog })).toMatchObject({ ok: true, plan: result.plan });
});

test('a verify without conditions is what it was', () => {
  expect(check({ expect: 'evidence.ready > 0' })).toMatchObject({
    ok: true,
    plan: { spec: { steps: [{ verify: {} }, { verify: { expect: 'evidence.ready > 0' } }] } },
  });
  const plain = check({});
  expect(plain.ok && Object.keys(plain.plan.spec.steps[1]!.verify)).toEqual([]);
});

describe('problems have a place and a remedy', () => {
  test.each<[string, JsonObject, string, RegExp, RegExp]>([
    ['both bounds', { query: 'up', above: 1, below: 2 }, `${place}.below`, /both given/, /two conditions/],
    ['no bound', { query: 'up' }, `${place}.query`, /no bound/, /Add above or below/],
    ['a bound that is none', { query: 'up', above: 'much' }, `${place}.above`, /number, or a template/, /greater/],
    [
      'what is no PromQL',
      { query: 'up(', above: 1 },
      `${place}.query`,
      /is no PromQL/,
      /kubernaut actions query_metric/,
    ],
    ['a time without a query', { for: '1m' }, `${place}.for`, /belongs to a query/, /Add the query/],
    ['a time that is none', { query: 'up', above: 1, for: 'long' }, `${place}.for`, /no duration/, /./],
    [
      'an unknown key',
      { query: 'up', above: 1, fro: '1m' },
      `${place}.fro`,
      /unknown key/,
      /here may stand expect, timeout, query/,
    ],
    ['no alert', { alertResolved: { for: '1m' } }, `${place}.alertResolved`, /names no alert/, /alertname/],
    ['a bad name', { alertResolved: { alertname: '*' } }, `${place}.alertResolved.alertname`, /regular/, /check_alert/],
    [
      'a bad matcher beside a good name',
      { alertResolved: { alertname: 'a', matchers: [{ name: 'x', value: '*' }] } },
      `${place}.alertResolved.matchers[0].value`,
      /regular/,
      /check_alert/,
    ],
    ['an empty item', { checks: [{}] }, `${place}.checks[0]`, /no condition/, /Add a query/],
    [
      'two in one item',
      { checks: [{ query: 'up', above: 1, alertResolved: { alertname: 'a' } }] },
      `${place}.checks[0]`,
      /two conditions/,
      /two items/,
    ],
    [
      'a time beside the alert',
      { checks: [{ alertResolved: { alertname: 'a' }, for: '1m' }] },
      `${place}.checks[0].for`,
      /belongs to a query/,
      /into alertResolved/,
    ],
    [
      'more time than the step has',
      { query: 'up', above: 1, for: '6m', alertResolved: { alertname: 'a', for: '7m' } },
      `${place}.alertResolved.for`,
      /13m in all, but the step ends after 10m/,
      /Raise the step’s timeout/,
    ],
    [
      'more time than the verification has',
      { query: 'up', above: 1, for: '6m', timeout: '5m' },
      `${place}.for`,
      /6m in all, but the step ends after 5m/,
      /verify.timeout/,
    ],
    [
      'a step that has not ended',
      { query: 'up', above: '${{ steps.a.evidence.value }}' },
      `${place}.above`,
      /own outputs/,
      /./,
    ],
  ])('%s', (_, verify, path, message, remedy) => {
    expect(problems(verify)).toEqual([[path, expect.stringMatching(message), expect.stringMatching(remedy)]]);
  });

  test('without the actions that look at them, conditions are refused', () => {
    const without = { ...catalog, has: (name: string) => name === 'log' };
    const result = checkPlan(document({ steps: [log('a', { verify: { query: 'up', above: 1 } })] }), {
      actions: without,
    });
    expect(result).toMatchObject({ ok: false, problems: [{ path: 'spec.steps[0].verify', code: 'UNKNOWN_ACTION' }] });
  });
});
