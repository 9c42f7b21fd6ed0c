import { createHash } from 'node:crypto';
import { fc } from '../test/setup/property';
import { digestOf, matchesDigest, shortDigest } from './digest';
import type { Json } from './json';

const shuffled = (value: Json): Json => {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(shuffled);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, shuffled(item)]),
  );
};

describe('a digest', () => {
  it('is the SHA-256 of the JSON with its keys sorted', () => {
    const expected = createHash('sha256').update('{"a":[1,null,"ü"],"b":{"c":true,"d":1.5}}').digest('hex');
    expect(digestOf({ b: { d: 1.5, c: true }, a: [1, null, 'ü'] })).toBe(`sha256:${expected}`);
  });

  it('does not depend on the order of keys, and on everything else', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(digestOf(shuffled(a))).toBe(digestOf(a));
        expect(digestOf({ a, b }) === digestOf({ a: b, b: a })).toBe(
          JSON.stringify(shuffled(a)) === JSON.stringify(shuffled(b)) || digestOf(a) === digestOf(b),
        );
        expect(digestOf([a])).not.toBe(digestOf([a, b]));
      }),
    );
  });

  it.each([
    [{ a: 1n }],
    [{ a: NaN }],
    [{ a: () => 1 }],
    [
      (() => {
        const a: unknown[] = [];
        a.push(a);
        return a;
      })(),
    ],
  ])('of what is no JSON is refused', (value) => {
    expect(() => digestOf(value as unknown as Json)).toThrow(/./);
  });
});

describe('a given digest matches', () => {
  const digest = digestOf({ a: 1 });
  const hex = digest.slice('sha256:'.length);
  it.each([
    ['whole', digest, true],
    ['without its prefix', hex, true],
    ['its first 12 digits', hex.slice(0, 12), true],
    ['its first 12 digits with prefix', `sha256:${hex.slice(0, 12)}`, true],
    ['in capitals, with blanks', ` ${hex.slice(0, 20).toUpperCase()} `, true],
    ['as people are shown it', shortDigest(digest), true],
    ['not with 11 digits', hex.slice(0, 11), false],
    ['not when it is empty', '', false],
    ['not when it is only the prefix', 'sha256:', false],
    ['not from its middle', hex.slice(1, 20), false],
    ['not when another', `sha256:${'0'.repeat(64)}`, false],
    ['not when longer', `${digest}0`, false],
    ['not as a pattern', '............', false],
  ])('%s', (_title, given, expected) => expect(matchesDigest(digest, given)).toBe(expected));
});
