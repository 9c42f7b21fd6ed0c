import { disruptionBudget, guardSettings, guardsSchema } from './guards';

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

test('a cluster keeps three schedulable nodes and a workload half of its pods, unless the settings say otherwise', () => {
  const budget = (text: object) => disruptionBudget(guardsSchema.parse(text));
  expect(budget({})).toMatchObject({ nodes: { minSchedulable: 3 }, workloads: { minHealthyShare: 0.5 } });
  expect(budget({}).nodes?.minPoolShare).toBe(0.5);
  expect(budget({}).nodes?.poolLabels).toContain('eks.amazonaws.com/nodegroup');
  expect(budget({ nodes: false, workloads: { minHealthyShare: 1 } })).toEqual({ workloads: { minHealthyShare: 1 } });
  expect(budget({ enabled: false })).toEqual({});
});

test('each limit can be switched off by itself, or all of them', () => {
  const off = { ratePerTarget: false, ratePerCluster: false, breaker: false, oscillation: false };
  expect(Object.keys(guardSettings(guardsSchema.parse(off))!)).not.toEqual(
    expect.arrayContaining(['ratePerTarget', 'ratePerCluster', 'breaker', 'oscillation']),
  );
  expect(guardSettings(guardsSchema.parse({ enabled: false }))).toBeUndefined();
});

test('an action can have a rate of its own', () => {
  const section = guardsSchema.parse({ ratePerAction: { drain_node: { max: 4, per: '1h' } } });
  expect(guardSettings(section)?.ratePerAction).toEqual({ drain_node: { max: 4, windowMs: 60 * MIN } });
});

test.each([
  { cooldown: '5 minutes' },
  { nodes: { minSchedulable: 0 } },
  { workloads: { minHealthyShare: 50 } },
  { concurrentPerCluster: 0 },
  { onBusy: 'queue' },
  { cooldwn: '5m' },
  { ratePerAction: { drain_node: { max: 0, per: '1h' } } },
  { ratePerAction: { drain_node: { max: 1, per: 'an hour' } } },
  { ratePerAction: { 'Drain Node': { max: 1, per: '1h' } } },
  { nodes: { minPoolShare: 2 } },
])('%j is refused', (wrong) => {
  expect(guardsSchema.safeParse(wrong).success).toBe(false);
});
