import { guardSettings, guardsSchema } from './guards';

const MIN = 60_000;

test('guards are on by default, with the limits that experience asks for', () => {
  expect(guardSettings(guardsSchema.parse({}))).toEqual({
    concurrentPerCluster: 5,
    concurrentNodeActions: 1,
    cooldownMs: 5 * MIN,
    ratePerTarget: { max: 10, windowMs: 60 * MIN },
    ratePerCluster: { max: 60, windowMs: 10 * MIN },
    breaker: { failures: 3, openMs: 60 * MIN },
    oscillation: { reversals: 2, repeats: 3, windowMs: 60 * MIN },
    onBusy: 'wait',
    maxWaitMs: 30 * MIN,
    checkHoldersMs: 10_000,
    lingerMs: 10_000,
  });
});

test('each limit can be switched off by itself, or all of them', () => {
  const off = { ratePerTarget: false, ratePerCluster: false, breaker: false, oscillation: false };
  expect(Object.keys(guardSettings(guardsSchema.parse(off))!)).not.toEqual(
    expect.arrayContaining(['ratePerTarget', 'ratePerCluster', 'breaker', 'oscillation']),
  );
  expect(guardSettings(guardsSchema.parse({ enabled: false }))).toBeUndefined();
});

test.each([{ cooldown: '5 minutes' }, { concurrentPerCluster: 0 }, { onBusy: 'queue' }, { cooldwn: '5m' }])(
  '%j is refused',
  (wrong) => {
    expect(guardsSchema.safeParse(wrong).success).toBe(false);
  },
);
