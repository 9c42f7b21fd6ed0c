import type { RunEvent } from '../../../plan/core/state';
import { plan, step, World } from './world';

const order = { id: 'stop/global', by: 'ann', reason: 'storm', since: '2026-01-01T00:00:00Z' };
const diff = [{ path: '/spec/replicas', before: 1, after: 2 }];
const validation = { before: { replicas: 1 }, diff, warnings: [], summary: 'a', noEffect: false };
const stopped = (code: string, at = 1): RunEvent => ({
  at,
  type: 'failed',
  step: 'a',
  problem: { code, message: 'no', order },
});

/** A run of one step that is being executed. */
function executing(): World {
  const world = new World(plan([step('a')]), () => 1);
  world.pending = [];
  world.feed({ at: 0, type: 'validated', step: 'a', validation });
  expect(world.pending.at(-1)).toEqual({ type: 'execute', step: 'a' });
  world.pending = [];
  world.executed.splice(0);
  return world;
}

test('a step that the switch did not let begin has not acted, waits, and runs once the switch is released', () => {
  const world = executing();
  world.feed(stopped('STOPPED'));
  expect(world.state.steps['a']).toMatchObject({ status: 'pending', acted: 'no' });
  expect(world.state.hold).toMatchObject({ kind: 'stopped', by: 'ann', reason: 'storm', stop: 'stop/global' });
  expect(world.pending).toEqual([]);
  world.feed({ at: 2, type: 'stop_released', id: 'stop/cluster/c' });
  expect(world.pending).toEqual([]);
  world.feed({ at: 3, type: 'stop_released', id: 'stop/global' });
  expect(world.state.hold).toBeUndefined();
  expect(world.pending).toEqual([{ type: 'execute', step: 'a' }]);
});

test('after a long stop the step is previewed anew before it runs', () => {
  const world = executing();
  world.feed(stopped('STOPPED'));
  world.feed({ at: 10_000, type: 'stop_released', id: 'stop/global' });
  expect(world.pending).toEqual([{ type: 'validate', step: 'a' }]);
});

test('a step stopped between two attempts keeps its before-image, and an abort undoes it', () => {
  const world = executing();
  world.feed(stopped('STOPPED_HALFWAY'));
  expect(world.state.steps['a']).toMatchObject({ status: 'pending', acted: 'unknown', validation });
  world.feed({ at: 2, type: 'skip', by: 'bob', step: 'a' });
  expect(world.state.steps['a']!.status).toBe('pending');
  world.feed({ at: 3, type: 'abort', by: 'bob' });
  expect(world.pending).toEqual([{ type: 'undo', step: 'a' }]);
});

test('a step stopped between two attempts goes on as another attempt would, however long it took', () => {
  const world = executing();
  world.halfway.add('a');
  world.feed(stopped('STOPPED_HALFWAY'));
  world.feed({ at: 500_000, type: 'stop_released', id: 'stop/global' });
  expect(world.pending).toEqual([{ type: 'execute', step: 'a' }]);
  world.pending = [];
  world.feed({ at: 500_001, type: 'executed', step: 'a', effect: { changed: false, summary: 'a', data: {} } });
  expect(world.state.steps['a']!.acted).toBe('yes');
});

test('a person can pause or take over a stopped plan, but not resume it', () => {
  const world = executing();
  world.feed(stopped('STOPPED'));
  world.feed({ at: 2, type: 'resume', by: 'bob' });
  expect(world.state.hold?.kind).toBe('stopped');
  world.feed({ at: 3, type: 'pause', by: 'bob', takeOver: true });
  expect(world.state.hold?.kind).toBe('taken_over');
  world.feed({ at: 4, type: 'stop_released', id: 'stop/global' });
  expect(world.state.hold?.kind).toBe('taken_over');
});
