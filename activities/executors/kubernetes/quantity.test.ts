import { fc } from '../../../test/setup/property';
import {
  addQuantities,
  ceilTo,
  compareQuantities,
  formatQuantity,
  isQuantity,
  multiplyQuantity,
  parseQuantity,
} from './quantity';

// The right-hand sides are what kube-apiserver 1.34 writes back for a resource of this value.
test.each([
  ['100m', '100m'],
  ['0.1', '100m'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['2.50', '2500m'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Ki', '512'],
  ['1000', '1k'],
  ['1024', '1024'],
  ['1000Ki', '1000Ki'],
  ['1e3', '1e3'],
  ['12E', '12E'],
  ['100000000', '100M'],
  ['0', '0'],
  ['0Mi', '0'],
  ['.5', '500m'],
])('%s is written %s', (text, canonical) => expect(formatQuantity(parseQuantity(text))).toBe(canonical));

// Other spellings the server stores as they were sent.
test.each([
  ['1E3', '1e3'],
  ['5.', '5'],
  ['+3', '3'],
  ['1n', '1n'],
  ['0.1n', '1n'],
])('%s means %s', (text, canonical) => expect(formatQuantity(parseQuantity(text))).toBe(canonical));

test.each(['', '.', 'Mi', '1 Gi', '1gi', '1K', '1.2.3', 'abc', '--1', '1e'])('%j is no quantity', (text) => {
  expect(isQuantity(text)).toBe(false);
  expect(() => parseQuantity(text)).toThrow(RangeError);
});

test('binary and decimal forms compare by value', () => {
  const less = compareQuantities(parseQuantity('1G'), parseQuantity('1Gi'));
  expect(less).toBe(-1);
  expect(compareQuantities(parseQuantity('0.5'), parseQuantity('500m'))).toBe(0);
});

test('sums keep the format of the first', () => {
  expect(formatQuantity(addQuantities(parseQuantity('512Mi'), parseQuantity('512Mi')))).toBe('1Gi');
  expect(formatQuantity(addQuantities(parseQuantity('900m'), parseQuantity('100m')))).toBe('1');
});

test('factors are decimal, not floating point', () => {
  expect(formatQuantity(multiplyQuantity(parseQuantity('100Mi'), 1.1))).toBe('110Mi');
  expect(formatQuantity(multiplyQuantity(parseQuantity('300m'), 1.1))).toBe('330m');
  expect(formatQuantity(ceilTo(multiplyQuantity(parseQuantity('333Mi'), 1.1), parseQuantity('1Mi')))).toBe('367Mi');
});

test('formatting and parsing are inverse', () => {
  const quantity = fc.tuple(
    fc.bigInt(0n, 10n ** 12n),
    fc.constantFrom('', 'Ki', 'Mi', 'Gi', 'm', 'k', 'M', 'G', 'e3', 'n', 'u'),
  );
  fc.assert(
    fc.property(quantity, ([digits, suffix]) => {
      const parsed = parseQuantity(`${digits}${suffix}`);
      const again = parseQuantity(formatQuantity(parsed));
      expect(again.nano).toBe(parsed.nano);
      expect(formatQuantity(again)).toBe(formatQuantity(parsed));
    }),
  );
});
