import { fc } from '../test/setup/property';
import { matchesName } from './name-pattern';

test.each([
  ['prod-*', 'prod-eu', true],
  ['prod-*', 'production', false],
  ['prod-*', 'my-prod-eu', false],
  ['*-eu', 'prod-eu', true],
  ['*', '', true],
  ['delete_*_pod', 'delete_one_pod', true],
  ['a*a', 'a', false],
  ['a*b*c', 'acbbc', true],
  ['a.c', 'abc', false],
  ['shop', 'shop', true],
  ['shop', 'shop2', false],
])('%s on %s: %s', (pattern, name, fits) => {
  expect(matchesName([pattern], name)).toBe(fits);
});

test('decides as the regular expression would, without its backtracking', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), text, (parts, name) => {
      const expected = new RegExp(`^${parts.join('.*')}$`).test(name);
      expect(matchesName([parts.join('*')], name)).toBe(expected);
    }),
  );
});
