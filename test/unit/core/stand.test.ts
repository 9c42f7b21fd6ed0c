import { decide } from '../../../plan/core/decide';
import { initialState } from '../../../plan/core/initial';
import { runContext, type RunEvent, type RunState } from '../../../plan/core/state';
import { standsOf, subPreviewOf } from '../../../plan/core/sub-preview';
import type { RemediationPlan, Step } from '../../../plan/model';
import type { SubPlanInput } from '../../../plan/sub-plan';
import { actions, plan, step } from './world';

const validation = { before: {}, diff: [], warnings: [], summary: 'x', noEffect: false };
const effect = { changed: true, summary: 'set', data: {} };
const evidence = { verified: true, summary: 'is set', data: {} };
const role: SubPlanInput = { role: 'run', operationId: 'outer/step/plan' };

function begin(
  steps: Step[],
  { spec = {}, sub = role }: { spec?: Partial<RemediationPlan['spec']>; sub?: SubPlanInput } = {},
) {
  const run = runContext(plan(steps, spec), actions, { sub });
  let state: RunState = initialState(run);
  const feed = (event: RunEvent) => {
    const decision = decide(run, state, event);
    state = decision.state;
    return decision;
  };
  feed({ at: 0, type: 'started' });
  for (const { id } of steps) feed({ at: 1, type: 'validated', step: id, validation });
  return { run, feed, state: () => state };
}

/** All steps have gone well. */
function standing(steps: Step[], more: Parameters<typeof begin>[1] = {}) {
  const made = begin(steps, more);
  for (const { id } of steps) {
    made.feed({ at: 10, type: 'executed', step: id, effect });
    made.feed({ at: 20, type: 'verified', step: id, evidence });
  }
  return made;
}

const stops = (undo: boolean): RunEvent => ({ at: 30, type: 'outer_stops', reason: 'it stops', undo });

test('a sub-plan that has succeeded stands by, and nothing but the run around it moves it', () => {
  const { run, feed, state } = standing([step('a')]);
  expect(state()).toMatchObject({ phase: 'standing', conclusion: { outcome: 'succeeded' } });
  expect(feed({ at: 30, type: 'abort', by: 'ann' }).reply).toMatchObject({ accepted: false });
  feed({ at: 30, type: 'timeout' });
  expect(state().phase).toBe('standing');
  expect(standsOf(run, state(), 'me')).toMatchObject({
    id: 'me',
    steps: [{ id: 'a', summary: 'set' }],
    irreversible: [],
  });
  feed({ at: 40, type: 'let_stand' });
  expect(state()).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
});

test('it undoes everything, newest first, when the run around it stops; also with a manual rollback strategy', () => {
  const steps = [step('a'), step('b', { dependsOn: [] })];
  const { feed, state } = standing(steps, { spec: { rollbackStrategy: 'manual' } });
  expect(feed(stops(true)).commands).toEqual([{ type: 'undo', step: 'b' }]);
  expect(feed({ at: 31, type: 'undone', step: 'b', effect }).commands).toEqual([{ type: 'undo', step: 'a' }]);
  feed({ at: 32, type: 'undone', step: 'a', effect });
  expect(state()).toMatchObject({ outcome: 'aborted', undone: ['b', 'a'], left: [] });
});

test('what its own plan says not to undo stays, and is named', () => {
  const { run, feed, state } = standing([step('a')], { spec: { rollbackStrategy: 'none' } });
  expect(standsOf(run, state(), 'me').irreversible).toEqual(['a: set']);
  feed(stops(true));
  expect(state()).toMatchObject({ outcome: 'aborted', undone: [], left: [{ step: 'a' }] });
});

test('nothing is undone when nobody wants it', () => {
  const { feed, state } = standing([step('a')]);
  feed(stops(false));
  expect(state()).toMatchObject({ outcome: 'succeeded', undone: [] });
});

test('a temporary effect comes back at once, and then all the others', () => {
  const { feed, state } = standing([step('a'), step('b', { temporary: { for: '1h' } })]);
  expect(state().phase).toBe('keeping');
  expect(feed(stops(true)).commands).toEqual([{ type: 'undo', step: 'b' }]);
  expect(feed({ at: 31, type: 'undone', step: 'b', effect }).commands).toEqual([{ type: 'undo', step: 'a' }]);
});

test('what has waited for a person to say whether to undo waits no longer', () => {
  const made = begin([step('a'), step('b')], { spec: { rollbackStrategy: 'manual' } });
  made.feed({ at: 10, type: 'executed', step: 'a', effect });
  made.feed({ at: 11, type: 'verified', step: 'a', evidence });
  made.feed({ at: 12, type: 'executed', step: 'b', effect });
  made.feed({ at: 13, type: 'verified', step: 'b', evidence: { ...evidence, verified: false } });
  expect(made.state().approvals).toHaveLength(1);
  expect(made.feed(stops(true)).commands).toEqual([{ type: 'undo', step: 'b' }]);
  expect(made.state().approvals).toEqual([]);
});

test('it ends by itself when it has changed nothing', () => {
  const { state } = standing([step('a', { action: 'look' })]);
  expect(state()).toMatchObject({ phase: 'ended', outcome: 'succeeded' });
});

test('it is blocked when what it would do is not what was approved with the plan around it', () => {
  const preview = begin([step('a')], { spec: { dryRun: true }, sub: { ...role, role: 'preview' } });
  const { digest } = subPreviewOf(preview.run, preview.state());
  expect(standing([step('a')], { sub: { ...role, digest } }).state().phase).toBe('standing');
  const other = begin([step('a', { params: { more: 1 } })], { sub: { ...role, digest } });
  expect(other.state()).toMatchObject({ outcome: 'blocked', problems: [{ code: 'TARGET_CHANGED' }] });
});
