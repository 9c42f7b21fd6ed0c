import { defaultActionSettings } from '../config/action-settings';
import { z } from 'zod';
import type { StepRequest, Validation } from '../plan/step-io';
import type { ActionContext, ActionDefinition } from './contract';
import { createExecutor } from './executor';
import { MAX_OUTPUT_BYTES } from './plain-json';

const validation: Validation = { before: {}, diff: [], warnings: [], summary: 'paint', noEffect: false };
const target = { cluster: 'test', kind: 'Shed', name: 'a' };
const step = (changes: Partial<StepRequest> = {}): StepRequest => ({
  operationId: 'remediation/garden/1/paint',
  stepId: 'paint',
  action: 'paint_shed',
  cluster: 'test',
  target,
  params: { colour: 'red' },
  ...changes,
});

const context = (changes: Partial<ActionContext> = {}) =>
  ({
    clock: { now: () => 1_000 },
    deadline: 2_000,
    settings: defaultActionSettings,
    ...changes,
  }) as unknown as ActionContext;

/** An executor whose one action returns whatever the test wants; `seen` holds the params it was given. */
function executorReturning(result: unknown, changes: Partial<ActionDefinition> = {}) {
  const seen: unknown[] = [];
  const phase = async (_: unknown, { params }: { params: unknown }) => {
    seen.push(params);
    return result as never;
  };
  const definition = {
    ...{ name: 'paint_shed', executor: 'garden', targetKinds: ['Shed'], reversibility: 'reversible' },
    params: z.strictObject({ colour: z.enum(['red', 'blue']), coats: z.int().default(1) }),
    ...{ validate: phase, execute: phase, verify: phase, rollback: phase },
    ...changes,
  } as unknown as ActionDefinition;
  return { executor: createExecutor('garden', ['yard'], [definition]), seen };
}

const effect = { changed: true, summary: 'painted', data: {} };

describe('An executor', () => {
  test('says what it is and can', () => {
    const { executor } = executorReturning(effect);
    expect([executor.type, executor.aliases, executor.supportedActions()]).toEqual([
      'garden',
      ['yard'],
      ['paint_shed'],
    ]);
  });

  test('hands the action its params with the defaults filled in', async () => {
    const { executor, seen } = executorReturning(effect);
    expect(await executor.execute(context(), step(), validation)).toEqual(effect);
    expect(seen).toEqual([{ colour: 'red', coats: 1 }]);
  });

  test.each(['validate', 'execute', 'verify', 'rollback'] as const)(
    'checks params, target and deadline in %s before the action is called',
    async (phase) => {
      const { executor, seen } = executorReturning(effect);
      const run = (request: StepRequest, ctx = context()) =>
        phase === 'validate' ? executor.validate(ctx, request) : executor[phase](ctx, request, validation, effect);
      await expect(run(step({ params: { colour: 'pink', coats: 1.5, colr: 1 } }))).rejects.toMatchObject({
        code: 'PARAMS_INVALID',
        message: expect.stringMatching(/params\/colour: .*params\/coats: .*params\/colr: no such parameter/),
      });
      await expect(run(step({ target: { ...target, kind: 'Barn' } }))).rejects.toMatchObject({
        code: 'PRECONDITION_FAILED',
        message: 'paint_shed applies to Shed, not to Barn a',
      });
      await expect(run(step({ target: undefined }))).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
      await expect(run(step(), context({ deadline: 1_000 }))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      await expect(run(step({ action: 'burn_shed' }))).rejects.toMatchObject({ code: 'ACTION_UNKNOWN' });
      expect(seen).toEqual([]);
    },
  );

  test('caps outputs at 64 KiB of UTF-8, not of characters', async () => {
    const withText = (text: string) => executorReturning({ ...effect, data: { text } }).executor;
    const room = MAX_OUTPUT_BYTES - Buffer.byteLength(JSON.stringify({ ...effect, data: { text: '' } }));
    await expect(withText('x'.repeat(room)).execute(context(), step(), validation)).resolves.toBeDefined();
    await expect(withText('x'.repeat(room + 1)).execute(context(), step(), validation)).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
    });
    await expect(withText('é'.repeat(room / 2 + 1)).execute(context(), step(), validation)).rejects.toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
      message: expect.stringContaining('65536'),
    });
  });

  test.each([
    ['a Date', { at: new Date(0) }, '/data/at is a Date'],
    ['NaN', { n: Number.NaN }, '/data/n is NaN'],
    ['undefined in a list', { list: [undefined] }, '/data/list/0 is undefined'],
    ['a Map', { map: new Map() }, '/data/map is a Map'],
    ['a bigint', { n: 1n }, '/data/n is bigint'],
  ])('refuses %s in a result, which JSON would change without a word', async (_, data, message) => {
    const { executor } = executorReturning({ ...effect, data });
    await expect(executor.execute(context(), step(), validation)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining(message),
    });
  });

  test('drops undefined properties, as JSON does', async () => {
    const { executor } = executorReturning({ ...effect, data: { a: undefined, b: 1 }, irreversible: undefined });
    expect(await executor.execute(context(), step(), validation)).toStrictEqual({ ...effect, data: { b: 1 } });
  });

  test.each([undefined, {}, { changed: 'yes', summary: 'x', data: {} }, { ...effect, summary: '' }])(
    'never takes %j for an effect',
    async (result) => {
      const { executor } = executorReturning(result);
      await expect(executor.execute(context(), step(), validation)).rejects.toMatchObject({ code: 'INTERNAL' });
    },
  );

  test('answers UNDO_IMPOSSIBLE for an action without rollback', async () => {
    const { executor } = executorReturning(effect, { rollback: undefined, reversibility: 'irreversible' });
    await expect(executor.rollback(context(), step(), validation)).rejects.toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
  });
});
