import { initialState } from '../../../plan/core/initial';
import { runContext } from '../../../plan/core/state';
import { guardsOf, guardsOfStep } from '../../../plan/guard/needs';
import { limitsOf } from '../../../plan/guard/scopes';
import type { GuardSettings } from '../../../plan/guard/settings';
import { actions, plan, step } from '../core/world';

const settings: GuardSettings = {
  ...{ concurrentPerCluster: 5, concurrentNodeActions: 1, cooldownMs: 300_000 },
  ...{ onBusy: 'wait' as const, maxWaitMs: 1_800_000, checkHoldersMs: 10_000, lingerMs: 10_000 },
};
const rate = { max: 4, windowMs: 3_600_000 };

function needs(guards: GuardSettings) {
  const node = { cluster: 'c', kind: 'Node', name: 'n1' };
  const document = plan([step('web'), step('drain', { action: 'drain', target: node, dependsOn: ['web'] })]);
  const run = runContext(document, actions, { guards });
  const state = initialState(run);
  return { all: guardsOf(run, state), drain: guardsOfStep(run, state, 'drain') };
}

test('a run takes the guard of each action that has a rate, once, after the nodes and before the capacity of the cluster', () => {
  const { all, drain } = needs({ ...settings, ratePerAction: { drain: rate, restart: rate } });
  expect(all).toEqual(['target/c/Deployment/ns/web', 'target/c/Node//n1', 'nodes/c', 'action/c/drain', 'cluster/c']);
  // It only counts: two steps of one run may do the action side by side.
  expect(drain).toEqual(['target/c/Node//n1', 'nodes/c']);
});

test('without a rate there is no such guard', () => {
  expect(needs(settings).all).toEqual(['target/c/Deployment/ns/web', 'target/c/Node//n1', 'nodes/c', 'cluster/c']);
});

test('such a guard has the rate of its action, and a break-glass gets past it', () => {
  const limits = limitsOf('action/c/drain', { ...settings, ratePerAction: { drain: rate } });
  expect(limits).toMatchObject({ rate, exclusive: false });
  expect(limits.breaker ?? limits.oscillation ?? limits.cooldownMs).toBeUndefined();
});
