import { defaultActionSettings } from '../../../config/action-settings';
import type { ActionContext, Clock } from '../../contract';
import { createExecutor } from '../../executor';
import { wait } from './wait';

const executor = createExecutor('custom', [], [wait]);
const start = Date.parse('2026-01-01T00:00:00Z');

/** A clock that moves only when somebody sleeps. */
function setup(deadline = Number.MAX_SAFE_INTEGER) {
  let now = start;
  const abort = new AbortController();
  const progress: string[] = [];
  const clock: Clock = {
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      now += ms;
    },
  };
  const settings = defaultActionSettings;
  const ctx = {
    clock,
    settings,
    signal: abort.signal,
    deadline,
    progress: (message: string) => progress.push(message),
  };
  return { ctx: ctx as unknown as ActionContext, abort, progress };
}

const step = (params: Record<string, string>) => ({
  operationId: 'r/1/soak',
  stepId: 'soak',
  action: 'wait',
  cluster: 'test',
  params,
});

describe('wait', () => {
  test('turns a duration into an absolute time, so that every later attempt waits for the same moment', async () => {
    const validation = await executor.validate(setup().ctx, step({ for: '1h30m' }));
    expect(validation).toMatchObject({
      before: { until: '2026-01-01T01:30:00.000Z' },
      summary: 'wait 1h30m',
      noEffect: false,
      diff: [],
    });
  });

  test('understands a time with a zone', async () => {
    const validation = await executor.validate(setup().ctx, step({ until: '2026-01-01T02:00:00+01:00' }));
    expect(validation.before).toEqual({ until: '2026-01-01T01:00:00.000Z' });
  });

  test('has nothing to do when the time has passed already', async () => {
    const validation = await executor.validate(setup().ctx, step({ until: '2025-12-31T00:00:00Z' }));
    expect(validation).toMatchObject({ noEffect: true, warnings: ['2025-12-31T00:00:00.000Z has passed already'] });
  });

  test.each([
    {},
    { for: 'ever' },
    { for: '5m', until: '2027-01-01T00:00:00Z' },
    { until: 'tomorrow' },
    { for: '5m', x: '1' },
  ])('refuses %j', async (params) => {
    await expect(executor.validate(setup().ctx, step(params as never))).rejects.toMatchObject({
      code: 'PARAMS_INVALID',
    });
  });

  test('really waits when executed, and proves it', async () => {
    const { ctx, progress } = setup();
    const validation = await executor.validate(ctx, step({ for: '90s' }));
    const early = await executor.verify(ctx, step({ for: '90s' }), validation, {
      changed: false,
      summary: 'x',
      data: {},
    });
    expect(early).toMatchObject({ verified: false, summary: '2026-01-01T00:01:30.000Z is still 1m30s away' });
    const effect = await executor.execute(ctx, step({ for: '90s' }), validation);
    expect(effect).toEqual({
      changed: false,
      summary: 'waited until 2026-01-01T00:01:30.000Z',
      data: { until: '2026-01-01T00:01:30.000Z', waitedMs: 90_000 },
    });
    expect(ctx.clock.now()).toBe(start + 90_000);
    expect(progress).toEqual(['waiting until 2026-01-01T00:01:30.000Z']);
    expect(await executor.verify(ctx, step({ for: '90s' }), validation, effect)).toMatchObject({ verified: true });
    // A second attempt, after the first one's end was lost.
    expect(await executor.execute(ctx, step({ for: '90s' }), validation)).toMatchObject({ data: { waitedMs: 0 } });
    expect(ctx.clock.now()).toBe(start + 90_000);
  });

  test('says at once when the step ends before the wait does', async () => {
    const { ctx } = setup(start + 60_000);
    const validation = await executor.validate(ctx, step({ for: '90s' }));
    await expect(executor.execute(ctx, step({ for: '90s' }), validation)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });

  test('ends when it is told to stop', async () => {
    const { ctx, abort } = setup();
    const validation = await executor.validate(ctx, step({ for: '90s' }));
    const reason = new Error('stop');
    abort.abort(reason);
    await expect(executor.execute(ctx, step({ for: '90s' }), validation)).rejects.toBe(reason);
  });
});
