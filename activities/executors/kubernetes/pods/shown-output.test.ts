import { shownOutput } from './shown-output';

test('a short output stays as it is, without control characters', () => {
  expect(shownOutput('one\ntwo\u001b[0m\n')).toBe('one\ntwo[0m\n');
});

test('only the end of a long one is kept, in whole lines, and it says so', () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}`).join('\n');
  const shown = shownOutput(lines);
  expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(8 * 1024 + 4);
  expect(shown).toMatch(/^…\n/);
  expect(shown).toMatch(/line 4999$/);
  expect(shownOutput('d of it\nnext', { cut: true })).toBe('…\nnext');
});

test.each([
  ['a token', 'token=abcdefgh', 'abcdefgh'],
  ['a key', `-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----`, 'MIIE'],
  ['a key whose beginning was cut off', `x\nMIIE\n-----END PRIVATE KEY-----\nrest`, 'MIIE'],
  ['half a token', `${'x'.repeat(20_000)}secret`, 'secret'],
])('%s is not shown', (_, output, secret) => {
  expect(shownOutput(output)).not.toContain(secret);
});
