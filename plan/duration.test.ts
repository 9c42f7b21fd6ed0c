import { fc } from '../test/setup/property';
import { durationMs, formatDuration, MAX_DURATION_MS } from './duration';

it.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['1m500ms', 60_500],
  ['0s', 0],
  ['720h', MAX_DURATION_MS],
])('%s is %d ms', (text, ms) => expect(durationMs(text)).toBe(ms));

it.each(['', '5', 'm', '5 m', '-5m', '1d', '5m!', '1e3s', 'Infinitys', `${'1'.repeat(70)}s`])(
  '%j is refused',
  (text) => {
    expect(() => durationMs(text)).toThrow(
      expect.objectContaining({ code: 'PLAN_INVALID', message: expect.stringMatching(/1h30m/) }),
    );
  },
);

it('more than 30 days are refused', () => expect(() => durationMs('720h1ms')).toThrow(/longer than 30 days/));

it.each([
  [0, '0s'],
  [5_400_000, '1h30m'],
  [90_500, '1m30s500ms'],
  [-1, '0s'],
])('%d ms are written %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

it('whole milliseconds survive being written and read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_DURATION_MS }), (ms) => expect(durationMs(formatDuration(ms))).toBe(ms)),
  );
});
