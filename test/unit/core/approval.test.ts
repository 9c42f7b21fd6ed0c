import { decide } from '../../../plan/core/decide';
import { initialState } from '../../../plan/core/initial';
import { runContext, type Command, type RunContext, type RunEvent, type RunState } from '../../../plan/core/state';
import type { RemediationPlan } from '../../../plan/model';
import type { Validation } from '../../../plan/step-io';
import { actions, plan, step } from './world';

const required = { required: true, deadline: '60m', remindEvery: '15m' };

/** Feeds events one after the other; keeps the state and the commands of the last one. */
function runner(document: RemediationPlan) {
  const run = runContext(document, actions);
  let state: RunState = initialState(run);
  return (event: RunEvent): { state: RunState; commands: Command[] } => {
    const decision = decide(run, state, event);
    state = decision.state;
    return decision;
  };
}

function validation(from: number, to: number): Validation {
  const diff = [{ path: '/spec/replicas', before: from, after: to }];
  return { before: {}, diff, warnings: [], summary: `${from} → ${to}`, noEffect: from === to };
}

function approved(after: number) {
  const feed = runner(plan([step('a')], { approval: required }));
  feed({ at: 0, type: 'started' });
  const { state } = feed({ at: 1, type: 'validated', step: 'a', validation: validation(3, 5) });
  const { commands } = feed({ at: after, type: 'approve', by: 'ann', digest: state.approvals[0]!.digest });
  return { feed, commands, digest: state.approvals[0]!.digest };
}

test('an approval that came at once executes what was previewed', () => {
  expect(approved(1000).commands).toEqual([{ type: 'execute', step: 'a' }]);
});

test('after a wait the step is validated again, and goes on when the effect is still the approved one', () => {
  const { feed, commands } = approved(10_000);
  expect(commands).toEqual([{ type: 'validate', step: 'a' }]);
  const next = feed({ at: 10_100, type: 'validated', step: 'a', validation: validation(3, 5) });
  expect(next.commands).toEqual([{ type: 'execute', step: 'a' }]);
});

test('a changed effect is asked about again, with a new digest; the old one is not good any more', () => {
  const { feed, digest } = approved(10_000);
  const { state, commands } = feed({ at: 10_100, type: 'validated', step: 'a', validation: validation(4, 5) });
  expect(commands).toEqual([]);
  expect(state.approvals).toMatchObject([
    { subject: { kind: 'step', step: 'a' }, why: expect.stringContaining('changed') },
  ]);
  expect(feed({ at: 10_200, type: 'approve', by: 'ann', digest }).state.approvals).toHaveLength(1);
  const again = feed({ at: 10_300, type: 'approve', by: 'ann', digest: state.approvals[0]!.digest });
  expect(again.commands).toEqual([{ type: 'execute', step: 'a' }]);
});

test('an effect that somebody else brought about meanwhile is no effect of ours', () => {
  const { feed } = approved(10_000);
  const { state } = feed({ at: 10_100, type: 'validated', step: 'a', validation: validation(5, 5) });
  expect(state.outcome).toBe('no_effect');
});

test('a target replaced under its name is another effect', () => {
  const feed = runner(plan([step('a')], { approval: required }));
  const target = { cluster: 'c', kind: 'Deployment', namespace: 'ns', name: 'a' };
  feed({ at: 0, type: 'started' });
  const first = { ...validation(3, 5), target: { ...target, uid: '1' } };
  const { state } = feed({ at: 1, type: 'validated', step: 'a', validation: first });
  feed({ at: 9_000, type: 'approve', by: 'ann', digest: state.approvals[0]!.digest });
  const second = { ...validation(3, 5), target: { ...target, uid: '2' } };
  const asked = feed({ at: 9_100, type: 'validated', step: 'a', validation: second });
  expect(asked.state.approvals).toHaveLength(1);
});

test('the end of the run is one of approved and expired, whichever event comes first', () => {
  const make = () => {
    const feed = runner(plan([step('a')], { approval: required }));
    feed({ at: 0, type: 'started' });
    const { state } = feed({ at: 1, type: 'validated', step: 'a', validation: validation(3, 5) });
    const approve: RunEvent = { at: 2, type: 'approve', by: 'ann', digest: state.approvals[0]!.digest };
    const expire: RunEvent = { at: 2, type: 'approval_expired', key: 'plan' };
    return { feed, approve, expire };
  };
  const one = make();
  one.feed(one.approve);
  expect(one.feed(one.expire).state).toMatchObject({ phase: 'running' });
  const other = make();
  other.feed(other.expire);
  const late = other.feed(other.approve);
  expect(late).toMatchObject({ commands: [], state: { outcome: 'expired' } });
  expect(late.state.facts.at(-1)).toMatchObject({ what: 'approve_refused', by: 'ann' });
});

test('an action that always needs a person is asked about in its turn, unless the plan as a whole was approved', () => {
  const steps = [step('a', { action: 'restart' })];
  const validated = (state: RunState, run: RunContext, after = 'gone') =>
    decide(run, state, {
      at: 0,
      type: 'validated',
      step: 'a',
      validation: {
        before: {},
        diff: [{ path: '', before: 'x', after }],
        warnings: [],
        summary: 'delete a',
        noEffect: false,
        approval: 'nothing brings it back',
      },
    });
  const start = (spec: Parameters<typeof plan>[1]) => {
    const run = runContext(plan(steps, spec), actions, { revision: 2 });
    return { run, state: decide(run, initialState(run), { at: 0, type: 'started' }).state };
  };
  const bare = start({});
  const asked = validated(bare.state, bare.run);
  expect(asked.commands).toEqual([]);
  expect(asked.state.approvals).toMatchObject([
    { subject: { kind: 'step', step: 'a' }, why: 'its action always requires it: nothing brings it back' },
  ]);
  const whole = start({ approval: { required: true, deadline: '60m', remindEvery: '15m' } });
  const waiting = validated(whole.state, whole.run).state;
  const { commands } = decide(whole.run, waiting, { at: 1, type: 'approve', by: 'ann', digest: waiting.digest! });
  expect(commands).toEqual([{ type: 'execute', step: 'a' }]);
});
