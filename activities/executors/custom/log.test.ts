import { defaultActionSettings } from '../../../config/action-settings';
import type { JsonObject } from '../../../plan/json';
import type { ActionContext } from '../../contract';
import { createExecutor } from '../../executor';
import { log } from './log';

const executor = createExecutor('custom', [], [log]);

function setup(attempt = 1) {
  const lines: [level: string, message: string, fields?: JsonObject][] = [];
  const ctx = {
    operationId: 'remediation/web/1/mark',
    attempt,
    clock: { now: () => 0 },
    settings: defaultActionSettings,
    deadline: 1,
    log: {
      info: (message: string, fields?: JsonObject) => lines.push(['info', message, fields]),
      warn: (message: string, fields?: JsonObject) => lines.push(['warn', message, fields]),
    },
  };
  return { ctx: ctx as unknown as ActionContext, lines };
}

const step = (params: JsonObject) => ({
  operationId: 'remediation/web/1/mark',
  stepId: 'mark',
  action: 'log',
  cluster: 'test',
  params,
});

describe('log', () => {
  test('writes one line with its fields', async () => {
    const { ctx, lines } = setup();
    const request = step({ level: 'warn', message: 'rollout is slow', fields: { service: 'shop/web', minutes: 12 } });
    const validation = await executor.validate(ctx, request);
    expect(lines).toEqual([]);
    const effect = await executor.execute(ctx, request, validation);
    expect(lines).toEqual([['warn', 'rollout is slow', { fields: { service: 'shop/web', minutes: 12 } }]]);
    expect(effect).toMatchObject({ changed: true, data: { operationId: 'remediation/web/1/mark', attempt: 1 } });
  });

  test('does not claim to have read its line back', async () => {
    const { ctx } = setup();
    const request = step({ message: 'here' });
    const validation = await executor.validate(ctx, request);
    const effect = await executor.execute(ctx, request, validation);
    const evidence = await executor.verify(ctx, request, validation, effect);
    expect(evidence).toMatchObject({ verified: true, data: { readBack: false } });
    expect(evidence.summary).toContain('cannot be read back');
    const nothing = { changed: false, summary: 'nothing', data: {} };
    expect(await executor.verify(ctx, request, validation, nothing)).toMatchObject({ verified: false });
  });

  test('a second attempt writes the line again and says that it is the second', async () => {
    const { ctx, lines } = setup(2);
    const request = step({ message: 'here' });
    const effect = await executor.execute(ctx, request, await executor.validate(ctx, request));
    expect(lines).toHaveLength(1);
    expect(effect.data['attempt']).toBe(2);
  });

  test.each<[string, JsonObject]>([
    ['no message', {}],
    ['a blank one', { message: '  ' }],
    ['more than 4 KiB of UTF-8', { message: 'é'.repeat(2049) }],
    ['an unknown level', { message: 'x', level: 'fatal' }],
    [
      'more than 20 fields',
      { message: 'x', fields: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`f${i}`, i])) },
    ],
    ['a nested field', { message: 'x', fields: { a: { b: 1 } } }],
    ['a field of more than 1024 characters', { message: 'x', fields: { a: 'x'.repeat(1025) } }],
  ])('refuses %s', async (_, params) => {
    await expect(executor.validate(setup().ctx, step(params))).rejects.toMatchObject({ code: 'PARAMS_INVALID' });
  });
});
