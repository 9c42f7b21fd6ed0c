import { decide } from '../../../plan/core/decide';
import { initialState } from '../../../plan/core/initial';
import { runContext, type Command, type RunEvent, type RunState } from '../../../plan/core/state';
import type { Step } from '../../../plan/model';
import { actions, plan, step } from './world';

type Forward = Extract<Command, { type: 'validate' | 'execute' | 'verify' }>;
const isForward = (command: Command): command is Forward => ['validate', 'execute', 'verify'].includes(command.type);

/** Runs a plan in which everything goes well; returns the end, and what was executed, in order. */
function runAll(steps: Step[]): { state: RunState; executed: string[] } {
  const run = runContext(plan(steps), actions);
  const executed: string[] = [];
  let { state, commands } = decide(run, initialState(run), { at: 0, type: 'started' });
  while (commands.length > 0) {
    const command = commands.shift()!;
    if (!isForward(command)) throw new Error(command.type);
    const { step: id } = command;
    const params = state.steps[id]!.params!;
    if (command.type === 'execute') executed.push(`${id} ${JSON.stringify(params)}`);
    const done = {
      validate: { type: 'validated', validation: { before: {}, diff: [], warnings: [], summary: id, noEffect: false } },
      execute: { type: 'executed', effect: { changed: true, summary: id, data: params } },
      verify: { type: 'verified', evidence: { verified: true, summary: id, data: params } },
    };
    const decision = decide(run, state, { at: 1, step: id, ...done[command.type] } as RunEvent);
    state = decision.state;
    commands = [...commands, ...decision.commands];
  }
  return { state, executed };
}

const loop = (values: string | (number | string)[], more: Partial<Step> = {}): Partial<Step> => ({
  forEach: { in: values, as: 'item', max: 20, parallel: false },
  params: { value: '${{ item }}' },
  ...more,
});

test('a literal list makes one instance for each item, one after the other', () => {
  const { state, executed } = runAll([step('a', loop([1, 2, 3]))]);
  expect(executed).toEqual(['a/0 {"value":1}', 'a/1 {"value":2}', 'a/2 {"value":3}']);
  expect(state).toMatchObject({ outcome: 'succeeded', order: ['a', 'a/0', 'a/1', 'a/2'] });
});

test('the items can be what an earlier step found, and a later step sees what came of them', () => {
  const { state, executed } = runAll([
    step('find', { params: { pods: ['x', 'y', 'z'] } }),
    step('each', loop('steps.find.effect.pods', { dependsOn: ['find'], when: 'item != "y"' })),
    step('last', { dependsOn: ['each'], when: 'steps.each.items.exists(i, i.effect.value == "z")' }),
  ]);
  expect(executed.slice(1, 3)).toEqual(['each/0 {"value":"x"}', 'each/2 {"value":"z"}']);
  expect(state.steps['each/1']!.status).toBe('skipped');
  expect(state.steps['last']!.status).toBe('succeeded');
});

test('more items than the plan allows fail the step before anything is done', () => {
  const many = { forEach: { in: 'steps.find.effect.pods', as: 'item', max: 2, parallel: false } };
  const run = () =>
    runAll([
      step('find', { params: { pods: [1, 2, 3] } }),
      step('each', { ...loop([]), ...many, dependsOn: ['find'] }),
    ]);
  expect(run).toThrow('undo');
});

test('a list without items is a step that was skipped', () => {
  const { state } = runAll([step('a', loop([])), step('b', { dependsOn: ['a'] })]);
  expect(state.steps['a']!.status).toBe('skipped');
  expect(state).toMatchObject({ outcome: 'succeeded' });
});
