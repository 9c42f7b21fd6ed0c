import { z } from 'zod';
import { durationMs, formatDuration } from '../../../plan/duration';
import { KubernautError } from '../../../plan/errors';
import { defineAction } from '../../contract';

const duration = z.string().superRefine((text, context) => {
  try {
    durationMs(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as RangeError).message });
  }
});

const params = z.union([
  z.strictObject({
    for: duration.describe('How long to wait, from the moment the step is prepared or re-prepared: `90s`, `1h30m`'),
  }),
  z.strictObject({
    until: z.iso.datetime({ offset: true }).describe('When the wait is over, ISO 8601 with time zone'),
  }),
]);

/** `until`: ISO 8601, absolute, so that a second attempt, or another worker, waits for the same moment. */
type Before = { until: string };

/**
 * Waits. Inside a remediation the workflow itself waits on a durable timer (`durableTimer`), which costs nothing and
 * outlives every worker; `execute` is for whoever calls the activity directly, and waits just as truly.
 */
export const wait = defineAction<z.output<typeof params>, Before>({
  name: 'wait',
  executor: 'custom',
  description: 'Waits for a duration or until a point in time.',
  whenToUse:
    'To let a change soak before the next step looks at it, or to hold a step back until a maintenance window.',
  whenNotToUse:
    'To wait for a condition: every action’s own verification does that, without guessing how long it takes.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: true,
  clusterScoped: false,
  durableTimer: true,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    { title: 'Let a rollout soak for five minutes', params: { for: '5m' } },
    { title: 'Hold back until the maintenance window', params: { until: '2030-01-31T22:00:00+01:00' } },
  ],

  async validate(ctx, { params }) {
    const now = ctx.clock.now();
    const until = 'for' in params ? now + durationMs(params.for) : Date.parse(params.until);
    const over = until <= now;
    const at = new Date(until).toISOString();
    return {
      before: { until: at },
      // Bound by what was asked for, not by the clock: a later re-validation must not look like another plan.
      diff: [],
      warnings: over ? [`${at} has passed already`] : [],
      summary: 'for' in params ? `wait ${params.for}` : `wait until ${at}`,
      noEffect: over,
    };
  },

  async execute(ctx, step, { before }) {
    const until = Date.parse(before.until);
    if (until > ctx.deadline) {
      throw new KubernautError('DEADLINE_EXCEEDED', `the step ends before ${before.until}, for which it should wait`);
    }
    const left = until - ctx.clock.now();
    if (left > 0) {
      ctx.progress(`waiting until ${before.until}`);
      await ctx.clock.sleep(left, ctx.signal);
    }
    const waited = `waited until ${before.until}`;
    return { changed: false, summary: waited, data: { until: before.until, waitedMs: Math.max(0, left) } };
  },

  async verify(ctx, _step, { before }) {
    const now = ctx.clock.now();
    const left = Date.parse(before.until) - now;
    const data = { until: before.until, now: new Date(now).toISOString() };
    return left <= 0
      ? { verified: true, summary: `${before.until} has passed`, data }
      : { verified: false, summary: `${before.until} is still ${formatDuration(left)} away`, data };
  },
});
