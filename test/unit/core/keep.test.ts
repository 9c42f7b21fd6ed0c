import { decide } from '../../../plan/core/decide';
import { initialState } from '../../../plan/core/initial';
import { runContext, type RunEvent, type RunState } from '../../../plan/core/state';
import { statusOf } from '../../../plan/core/views';
import type { Step } from '../../../plan/model';
import { actions, plan, step } from './world';

const validation = { before: {}, diff: [], warnings: [], summary: 'x', noEffect: false };
const effect = { changed: true, summary: 'set', data: {} };
const evidence = { verified: true, summary: 'is set', data: {} };

/** A plan whose steps all go well, up to where its temporary effects are kept. */
function keeping(steps: Step[], verifiedAt = 1_000) {
  const run = runContext(plan(steps), actions);
  let state: RunState = initialState(run);
  const feed = (event: RunEvent) => {
    const decision = decide(run, state, event);
    state = decision.state;
    return decision;
  };
  feed({ at: 0, type: 'started' });
  for (const { id } of steps) feed({ at: 1, type: 'validated', step: id, validation });
  for (const { id } of steps) {
    feed({ at: 10, type: 'executed', step: id, effect });
    feed({ at: verifiedAt, type: 'verified', step: id, evidence });
  }
  return { run, feed, state: () => state };
}

const halfAMinute = step('a', { temporary: { for: '30s' } });

test('the effect stays for its time, then it is taken back and the plan ends', () => {
  const { run, feed, state } = keeping([halfAMinute]);
  expect(statusOf(run, state())).toMatchObject({ phase: 'keeping', keepUntil: '1970-01-01T00:00:31.000Z' });
  const { commands } = feed({ at: 31_000, type: 'kept' });
  expect(commands).toEqual([{ type: 'undo', step: 'a' }]);
  expect(state()).toMatchObject({ phase: 'undoing', keepUntil: undefined });
  feed({ at: 32_000, type: 'undone', step: 'a', effect });
  expect(state()).toMatchObject({ outcome: 'succeeded', undone: ['a'] });
});

test('a timer that comes a moment early by the clock is believed', () => {
  const { feed } = keeping([halfAMinute]);
  expect(feed({ at: 30_999, type: 'kept' }).commands).toEqual([{ type: 'undo', step: 'a' }]);
});

test('the time counts from the verification: when the rest of the plan took longer, nothing is waited for', () => {
  const { feed, state } = keeping([halfAMinute, step('b')]);
  expect(state().phase).toBe('keeping');
  const late = feed({ at: 40_000, type: 'refused', what: 'approve', by: 'ann', message: 'no' });
  expect(late.commands).toEqual([{ type: 'undo', step: 'a' }]);
});

test('effects are taken back newest first, each not before its time', () => {
  const { feed, state } = keeping([step('a', { temporary: { for: '90s' } }), step('b', { temporary: { for: '30s' } })]);
  expect(state().keepUntil).toBe(31_000);
  expect(feed({ at: 31_000, type: 'kept' }).commands).toEqual([{ type: 'undo', step: 'b' }]);
  feed({ at: 32_000, type: 'undone', step: 'b', effect });
  expect(state()).toMatchObject({ phase: 'keeping', keepUntil: 91_000 });
  expect(feed({ at: 91_000, type: 'kept' }).commands).toEqual([{ type: 'undo', step: 'a' }]);
});

test.each<RunEvent>([
  { at: 2_000, type: 'abort', by: 'ann' },
  { at: 2_000, type: 'cancel' },
  { at: 2_000, type: 'timeout' },
])('$type takes the effect back at once, and the plan stays the success it was', (event) => {
  const { feed, state } = keeping([halfAMinute, step('b', { dependsOn: [] })]);
  expect(feed(event).commands).toEqual([{ type: 'undo', step: 'a' }]);
  feed({ at: 3_000, type: 'undone', step: 'a', effect });
  expect(state()).toMatchObject({ outcome: 'succeeded', undone: ['a'] });
  expect(state().steps['b']!.status).toBe('succeeded');
  expect(state().facts.map(({ what }) => what)).toContain('released');
});

test('what is temporary cannot be made to stay', () => {
  const { feed } = keeping([halfAMinute]);
  expect(feed({ at: 2_000, type: 'abort', by: 'ann', undo: false })).toMatchObject({
    commands: [],
    reply: { accepted: false },
  });
});

test('a plan that fails takes the effect back at once', () => {
  const failing = runContext(plan([halfAMinute, step('b', { dependsOn: ['a'] })]), actions);
  let state = initialState(failing);
  const events: RunEvent[] = [
    { at: 0, type: 'started' },
    { at: 1, type: 'validated', step: 'a', validation },
    { at: 1, type: 'validated', step: 'b', validation },
    { at: 2, type: 'executed', step: 'a', effect },
    { at: 3, type: 'verified', step: 'a', evidence },
    { at: 4, type: 'failed', step: 'b', problem: { code: 'UNAVAILABLE', message: 'no' } },
  ];
  let commands: unknown[] = [];
  for (const event of events) ({ state, commands } = decide(failing, state, event));
  expect(commands).toEqual([{ type: 'undo', step: 'b' }]);
  ({ state, commands } = decide(failing, state, { at: 5, type: 'undone', step: 'b', effect }));
  expect(commands).toEqual([{ type: 'undo', step: 'a' }]);
});
