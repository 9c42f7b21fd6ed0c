import { decide } from '../../../plan/core/decide';
import { initialState } from '../../../plan/core/initial';
import { runContext, type RunEvent, type RunState } from '../../../plan/core/state';
import { previewOf, statusOf } from '../../../plan/core/views';
import type { Step } from '../../../plan/model';
import { actions, plan, step } from './world';

const checks = [{ query: 'errors', below: 1, for: '1m' }, { alertResolved: { alertname: 'Slow' } }];
const seen = (summary: string) => ({
  validation: { before: {}, diff: [], warnings: [`${summary} is new`], summary, noEffect: false },
});
const validation = {
  before: {},
  diff: [{ path: '/x', before: 1, after: 2 }],
  warnings: [],
  summary: '1 → 2',
  noEffect: false,
};
const effect = { changed: true, summary: 'set', data: {} };
const evidence = (summary: string, verified = true) => ({ verified, summary, data: {} });

function runner(more: Partial<Step>) {
  const run = runContext(plan([step('a', more)]), actions);
  let state: RunState = initialState(run);
  return {
    run,
    feed(event: RunEvent) {
      const decision = decide(run, state, event);
      state = decision.state;
      return decision;
    },
  };
}

function verified(more: Partial<Step> = {}) {
  const { run, feed } = runner({ verify: { checks }, ...more });
  feed({ at: 0, type: 'started' });
  feed({ at: 1, type: 'validated', step: 'a', validation, checks: [seen('errors now 5'), seen('Slow now firing')] });
  feed({ at: 1000, type: 'executed', step: 'a', effect });
  return { run, feed, ...feed({ at: 2000, type: 'verified', step: 'a', evidence: evidence('x is 2') }) };
}

test('conditions are looked at one after the other, once the step itself is verified', () => {
  const { run, feed, commands, state } = verified();
  expect(commands).toEqual([{ type: 'check', step: 'a', index: 0 }]);
  expect(state.steps['a']!.status).toBe('verifying');
  const next = feed({ at: 3000, type: 'checked', step: 'a', index: 0, evidence: evidence('errors is 0') });
  expect(next.commands).toEqual([{ type: 'check', step: 'a', index: 1 }]);
  const end = feed({ at: 4000, type: 'checked', step: 'a', index: 1, evidence: evidence('Slow resolved') });
  expect(end.state.result).toMatchObject({
    outcome: 'succeeded',
    steps: [{ checks: [{ what: 'query_metric: errors now 5', evidence: { summary: 'errors is 0' } }, {}] }],
  });
  expect(statusOf(run, end.state).steps[0]!.detail).toBe('x is 2; errors is 0; Slow resolved');
  expect(end.state.facts.filter(({ what }) => what === 'checked').map(({ detail }) => detail)).toEqual([
    'errors is 0',
    'Slow resolved',
  ]);
});

test('one that is refuted fails the step, which is undone; the others are not looked at', () => {
  const { feed } = verified();
  const { state, commands } = feed({
    at: 3000,
    type: 'checked',
    step: 'a',
    index: 0,
    evidence: evidence('errors is 7', false),
  });
  expect(state.steps['a']!.error).toMatchObject({
    code: 'VERIFICATION_FAILED',
    message: 'errors below 1 for 1m: errors is 7',
  });
  expect(commands).toEqual([{ type: 'undo', step: 'a' }]);
});

test('one that cannot be looked at fails the step too', () => {
  const { feed } = verified();
  const problem = { code: 'UNAVAILABLE', message: 'no Prometheus' };
  expect(feed({ at: 3000, type: 'failed', step: 'a', problem }).commands).toEqual([{ type: 'undo', step: 'a' }]);
});

test('after a stop no condition is begun, and what was done is undone', () => {
  const { feed } = verified();
  feed({ at: 2500, type: 'abort', by: 'ann' });
  const { state, commands } = feed({
    at: 3000,
    type: 'checked',
    step: 'a',
    index: 0,
    evidence: evidence('errors is 0'),
  });
  expect(state.steps['a']!.status).toBe('undoing');
  expect(commands).toEqual([{ type: 'undo', step: 'a' }]);
});

test('verify.timeout bounds the step’s own verification and its conditions together', () => {
  const { state } = verified({ verify: { checks, timeout: '30s' } });
  expect(state.steps['a']!.deadline).toBe(31_000);
});

test('the preview names the conditions, with what was seen and what is doubtful', () => {
  const { run, state } = verified();
  expect(previewOf(run, state).steps[0]).toMatchObject({
    checks: ['query_metric: errors now 5', 'check_alert: Slow now firing'],
    warnings: ['errors now 5 is new', 'Slow now firing is new'],
  });
});

test('conditions that could not be previewed while the plan was prepared are previewed before the step acts', () => {
  const { run, feed } = runner({ verify: { checks } });
  feed({ at: 0, type: 'started' });
  const first = feed({ at: 1, type: 'validated', step: 'a', validation, checks: [{}, seen('Slow')] });
  expect(first.commands).toEqual([{ type: 'validate', step: 'a' }]);
  expect(previewOf(run, first.state).steps[0]!.checks![0]).toBe('query_metric: errors below 1 for 1m');
  const second = feed({ at: 2, type: 'validated', step: 'a', validation, checks: [seen('errors'), seen('Slow')] });
  expect(second.commands).toEqual([{ type: 'execute', step: 'a' }]);
});
