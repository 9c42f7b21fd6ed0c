import { decide } from '../../../plan/core/decide';
import { earlierChanges } from '../../../plan/core/foresight';
import { initialState } from '../../../plan/core/initial';
import { runContext, type Command, type RunEvent, type RunState } from '../../../plan/core/state';
import { previewOf } from '../../../plan/core/views';
import type { RemediationPlan, Step } from '../../../plan/model';
import type { ResolvedTarget, Validation } from '../../../plan/step-io';
import { actions, plan, step } from './world';

const web: ResolvedTarget = { cluster: 'c', kind: 'Deployment', namespace: 'ns', name: 'web', uid: 'u1' };
const required = { required: true, deadline: '60m', remindEvery: '15m' };

function onWeb(id: string, more: Partial<Step> = {}): Step {
  return step(id, { target: { cluster: 'c', kind: 'Deployment', namespace: 'ns', name: 'web' }, ...more });
}

function runner(document: RemediationPlan, revision = 3) {
  const run = runContext(document, actions, { revision });
  let state: RunState = initialState(run);
  return {
    run,
    feed(event: RunEvent): { state: RunState; commands: Command[] } {
      const decision = decide(run, state, event);
      state = decision.state;
      return decision;
    },
  };
}

function validated(id: string, from: number, to: number, more: Partial<Validation> = {}): RunEvent {
  const diff = from === to ? [] : [{ path: '/spec/replicas', before: from, after: to }];
  const validation = { target: web, before: {}, diff, warnings: [], summary: id, noEffect: from === to, ...more };
  return { at: 1, type: 'validated', step: id, validation };
}

test('a step is previewed upon the earlier ones on its object, while others are previewed side by side', () => {
  const chain = [onWeb('one'), onWeb('two', { dependsOn: ['one'] }), onWeb('three', { dependsOn: ['two'] })];
  const { run, feed } = runner(plan([...chain, step('other', { dependsOn: ['one'] })]));
  expect(feed({ at: 0, type: 'started' }).commands).toEqual([
    { type: 'validate', step: 'one' },
    { type: 'validate', step: 'other' },
  ]);
  expect(feed(validated('one', 1, 3)).commands).toEqual([{ type: 'validate', step: 'two', upon: ['one'] }]);
  const { state, commands } = feed(validated('two', 3, 5));
  expect(commands).toEqual([{ type: 'validate', step: 'three', upon: ['one', 'two'] }]);
  expect(earlierChanges(state, ['one', 'two'])).toEqual([
    { step: 'one', target: web, diff: [{ path: '/spec/replicas', before: 1, after: 3 }] },
    { step: 'two', target: web, diff: [{ path: '/spec/replicas', before: 3, after: 5 }] },
  ]);
  const preview = previewOf(run, feed(validated('three', 5, 7)).state);
  expect(preview.steps.map(({ id, after, knownAfter }) => [id, after, knownAfter])).toEqual([
    ['one', undefined, []],
    ['two', ['one'], []],
    ['three', ['one', 'two'], []],
    ['other', undefined, []],
  ]);
});

test('all previews of 500 steps on objects of their own are asked for at once', () => {
  const steps = Array.from({ length: 500 }, (_, n) => step(`s${n}`, n > 0 ? { dependsOn: [`s${n - 1}`] } : {}));
  expect(runner(plan(steps)).feed({ at: 0, type: 'started' }).commands).toHaveLength(500);
});

test.each([
  ['may be skipped', { when: 'plan.cluster == "c"' }],
  ['is done for each of some items', { forEach: { in: [1], as: 'item', max: 1, parallel: false } }],
  ['changes more than its diff says', { action: 'restart' }],
])('what comes after a step that %s is known only after it', (_, more) => {
  const { feed } = runner(plan([onWeb('one', more), onWeb('two', { dependsOn: ['one'] })]));
  const { state, commands } = feed({ at: 0, type: 'started' });
  expect(commands).toContainEqual({ type: 'validate', step: 'two' });
  expect(state.steps['two']).toMatchObject({ knownAfter: ['one'] });
});

test.each([
  ['an earlier step could not be previewed, though its failure is allowed', true],
  ['the API cannot be asked about the object as it will be', false],
])('known only later is, too, what cannot be foreseen because %s', (_, fails) => {
  const chain = [
    onWeb('one', { onFailure: 'continue' }),
    onWeb('two', { dependsOn: ['one'] }),
    onWeb('three', { dependsOn: ['two'] }),
  ];
  const { feed } = runner(plan(chain));
  feed({ at: 0, type: 'started' });
  if (fails) {
    const problem = { code: 'UNAVAILABLE', message: 'no' };
    const { commands } = feed({ at: 1, type: 'failed', step: 'one', problem });
    expect(commands).toEqual([{ type: 'validate', step: 'two' }]);
    feed(validated('two', 1, 5));
  } else {
    feed(validated('one', 1, 3));
    const { commands } = feed(validated('two', 1, 5, { unforeseen: true }));
    expect(commands).toEqual([{ type: 'validate', step: 'three' }]);
  }
  const { state } = feed(validated('three', 1, 7));
  expect(state.steps).toMatchObject({ two: { knownAfter: ['one'] }, three: { knownAfter: ['one', 'two'] } });
  expect(state.steps['two']).not.toHaveProperty('after');
});

/** The plan is approved as previewed: 1 → 3 → 5; then its first step is carried out. */
function firstDone() {
  const { feed } = runner(plan([onWeb('one'), onWeb('two', { dependsOn: ['one'] })], { approval: required }));
  feed({ at: 0, type: 'started' });
  feed(validated('one', 1, 3));
  const { state } = feed(validated('two', 3, 5));
  const { commands } = feed({ at: 2, type: 'approve', by: 'ann', digest: state.approvals[0]!.digest });
  expect(commands).toEqual([{ type: 'execute', step: 'one' }]);
  feed({ at: 3, type: 'executed', step: 'one', effect: { changed: true, summary: 'one', data: {} } });
  const evidence = { verified: true, summary: 'one', data: {} };
  expect(feed({ at: 4, type: 'verified', step: 'one', evidence }).commands).toEqual([
    { type: 'validate', step: 'two' },
  ]);
  return feed;
}

test('in its turn the step is looked at again, and goes on when the effect is the one that was foreseen and approved', () => {
  expect(firstDone()(validated('two', 3, 5)).commands).toEqual([{ type: 'execute', step: 'two' }]);
});

test('when the effect is another one by then, a person is asked again', () => {
  const { state, commands } = firstDone()(validated('two', 4, 5));
  expect(commands).toEqual([]);
  expect(state.approvals).toMatchObject([
    { subject: { kind: 'step', step: 'two' }, why: 'what the step would do has changed since it was approved' },
  ]);
});

test('when nothing is left to do by then, the step has no effect', () => {
  const { state } = firstDone()(validated('two', 5, 5));
  expect(state.steps['two']).toMatchObject({ status: 'no_effect' });
});

test('the digest of the plan covers what a later step is foreseen to do', () => {
  const digestWith = (to: number) => {
    const { feed } = runner(plan([onWeb('one'), onWeb('two', { dependsOn: ['one'] })], { dryRun: true }));
    feed({ at: 0, type: 'started' });
    feed(validated('one', 1, 3));
    return feed(validated('two', 3, to)).state.digest;
  };
  expect(digestWith(5)).not.toBe(digestWith(6));
});

test('runs of an earlier revision keep previewing everything as it is', () => {
  const { feed } = runner(plan([onWeb('one'), onWeb('two', { dependsOn: ['one'] })]), 2);
  const { state, commands } = feed({ at: 0, type: 'started' });
  expect(commands).toEqual([
    { type: 'validate', step: 'one' },
    { type: 'validate', step: 'two' },
  ]);
  expect(state.steps['two']).toMatchObject({ knownAfter: ['one'] });
});
