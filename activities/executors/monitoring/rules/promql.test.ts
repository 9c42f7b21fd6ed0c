import { fc } from '../../../../test/setup/property';
import { promqlProblem, thresholds, withThreshold } from './promql';

test.each([
  ['up == 0', ['up == 0']],
  ['rate(errors_total[5m]) > 0.05', ['rate(errors_total[5m]) > 0.05']],
  ['0.05 < rate(errors_total[5m])', ['rate(errors_total[5m]) < 0.05']],
  ['a > bool 1', ['a > 1']],
  ['a > -(3)', ['a > -3']],
  ['a >= 1e3 and b != 0x1F', ['a >= 1000', 'b != 31']],
  ['sum(a) by (x) / on(x) group_left sum(b) by (x) > 0.9', ['sum(a) by (x) / on(x) group_left sum(b) by (x) > 0.9']],
  ['a > b', []],
  ['a * 5', []],
  ['1 > bool 2', []],
  ['absent(up{job="x > 3"})', []],
  ['a > 5m', []],
  ['a > 1 # more > 2', ['a > 1']],
])('the thresholds of %s', (text, expected) => {
  expect(thresholds(text).map(({ subject, operator, value }) => `${subject} ${operator} ${value}`)).toEqual(expected);
});

test('another number changes nothing else, spelling and comments included', () => {
  const text = 'sum  by(x)( rate(e[5m]) )>0.05 # was > 0.01\n and up';
  expect(withThreshold(text, thresholds(text)[0]!, 0.1)).toBe('sum  by(x)( rate(e[5m]) )>0.1 # was > 0.01\n and up');
  expect(withThreshold('a > -(3)', thresholds('a > -(3)')[0]!, -7)).toBe('a > -7');
});

test('any finite number can be written and is read back', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = withThreshold('a > 1', thresholds('a > 1')[0]!, value);
      expect(promqlProblem(text)).toBeUndefined();
      expect(thresholds(text)[0]!.value).toBe(value === 0 ? 0 : value);
    }),
  );
});

test.each([
  ['a >', 'is no PromQL: error at character 4 (at its end)'],
  ['sum(rate(a[5m])', 'is no PromQL'],
  ['a b', "is no PromQL: error at character 3 (near 'b')"],
  ['', 'is no PromQL'],
])('%s is no PromQL', (text, problem) => {
  expect(promqlProblem(text)).toContain(problem);
});

test.each([
  'up',
  'histogram_quantile(0.99, sum by (le) (rate(a_bucket[5m])))',
  'a[5m:1m] offset 1h',
  '{"utf8.name"} > 1',
])('%s is PromQL', (text) => expect(promqlProblem(text)).toBeUndefined());
