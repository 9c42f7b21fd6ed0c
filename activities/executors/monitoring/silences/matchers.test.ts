import { matches, matchersSchema, sameMatchers, type Matcher } from './matchers';

const matcher = (name: string, value: string, more: Partial<Matcher> = {}): Matcher => ({
  ...{ name, value, isRegex: false, isEqual: true },
  ...more,
});

test.each<[Matcher, Record<string, string>, boolean]>([
  [matcher('a', 'x'), { a: 'x' }, true],
  [matcher('a', 'x'), { a: 'xy' }, false],
  [matcher('a', 'x|y', { isRegex: true }), { a: 'y' }, true],
  [matcher('a', 'x', { isRegex: true }), { a: 'xy' }, false],
  [matcher('a', 'x', { isEqual: false }), { a: 'y' }, true],
  [matcher('a', 'x', { isEqual: false }), {}, true],
  [matcher('a', ''), {}, true],
])('%j on %j: %s', (each, labels, expected) => expect(matches(each, labels)).toBe(expected));

test.each([['.*'], ['.+'], ['|x'], ['.*|a'], ['(.|\\n)*']])('%s alone would silence too much', (value) => {
  expect(matchersSchema.safeParse([matcher('alertname', value, { isRegex: true })]).success).toBe(false);
});

test.each([['High.*'], ['A|B'], ['[a-m].+']])('%s says something', (value) => {
  expect(matchersSchema.safeParse([matcher('alertname', value, { isRegex: true })]).success).toBe(true);
});

test('one that says something is enough', () => {
  const [some, any] = [matcher('alertname', 'HighLatency'), matcher('namespace', '.*', { isRegex: true })];
  expect(matchersSchema.safeParse([some, any]).success).toBe(true);
});

test('order does not make other matchers', () => {
  const [a, b] = [matcher('a', '1'), matcher('b', '2')];
  expect(sameMatchers([a, b], [b, a])).toBe(true);
  expect(sameMatchers([a], [a, b])).toBe(false);
  expect(sameMatchers([a], [{ ...a, isRegex: true }])).toBe(false);
});
