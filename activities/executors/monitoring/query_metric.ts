import { z } from 'zod';
import { durationMs } from '../../../plan/duration';
import type { JsonObject } from '../../../plan/json';
import { defineAction, type ActionContext } from '../../contract';
import { Prometheus, type Sample } from './api/prometheus';
import { watchReading, type Reading } from './metrics/watch-reading';
import { durationParam } from './params';
import { promqlProblem } from './rules/promql';

const query = z
  .string()
  .trim()
  .min(1)
  .max(4096)
  .superRefine((text, context) => {
    const problem = promqlProblem(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

const params = z
  .strictObject({
    query: query.describe('PromQL; its result is one number, or one for each series.'),
    above: z.number().optional().describe('True when the value is greater.'),
    below: z.number().optional().describe('True when the value is less.'),
    series: z.enum(['all', 'any']).default('all').describe('Must all series satisfy it, or one? Default all.'),
    noData: z
      .enum(['unmet', 'met'])
      .default('unmet')
      .describe('What an empty result means. Default unmet: what is not measured is not known to be well.'),
    for: durationParam('0s', '1h').default('0s').describe('It must hold so long without a break. Default 0s.'),
    within: durationParam('0s', '24h').default('5m').describe('How long to wait until it begins to hold. Default 5m.'),
    every: durationParam('500ms', '5m').default('5s').describe('How often Prometheus is asked. Default 5s.'),
  })
  .refine(({ above, below }) => above !== undefined || below !== undefined, { error: 'give above, below, or both' });
type Params = z.output<typeof params>;

/** Series named in outputs; further ones are only counted. */
const SHOWN = 10;

/**
 * Waits until a query's values are where they should be. True when, at every look for the length of `for`,
 * 1. the result is not empty (or `noData: met`) — a target that has vanished must not look healthy;
 * 2. all series (or any, as asked) are strictly inside the bounds — NaN is outside of everything.
 */
export const queryMetric = defineAction<Params, JsonObject>({
  name: 'query_metric',
  executor: 'monitoring',
  description: 'Evaluates a PromQL query and waits until its values are above or below a threshold for some time.',
  whenToUse: 'To verify with a number that a remediation helped, or to hold a plan until a value has come down.',
  whenNotToUse: 'When the alert itself says it: check_alert. Or for what the cluster can tell better (ready replicas).',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: true,
  clusterScoped: true,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    {
      title: 'The 99th percentile stays below 300 ms for two minutes',
      params: {
        query: 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="web"}[5m])))',
        below: 0.3,
        for: '2m',
        within: '10m',
      },
    },
    { title: 'Every instance is up', params: { query: 'up{job="web"}', above: 0 } },
    {
      title: 'No queue grows; without series there is none',
      params: { query: 'sum by (queue) (deriv(queue_length[10m])) > 0', below: 0.1, noData: 'met' },
    },
  ],

  async validate(ctx, { params }) {
    const samples = await new Prometheus(ctx).query(params.query);
    const reading = judge(params, samples);
    return {
      before: { holds: reading.holds, reading: reading.now },
      diff: [],
      warnings: samples.length === 0 ? ['the query gives no series now'] : [],
      summary: `${shorten(params.query)} ${bounds(params)}${params.for === '0s' ? '' : ` for ${params.for}`} (now: ${reading.now})`,
      noEffect: false,
    };
  },

  async execute(ctx, { params }) {
    const { summary, data } = await read(ctx, params);
    return { changed: false, summary, data };
  },

  verify(ctx, { params }) {
    return watchReading(ctx, {
      what: shorten(params.query),
      forMs: durationMs(params.for),
      withinMs: durationMs(params.within),
      everyMs: durationMs(params.every),
      read: () => read(ctx, params),
    });
  },
});

async function read(ctx: ActionContext, params: Params): Promise<Reading> {
  return judge(params, await new Prometheus(ctx).query(params.query));
}

function judge(params: Params, samples: readonly Sample[]): Reading & { now: string } {
  const { above, below, series, noData } = params;
  const inside = ({ value }: Sample) =>
    !Number.isNaN(value) && (above === undefined || value > above) && (below === undefined || value < below);
  const met = samples.filter(inside);
  const holds =
    samples.length === 0 ? noData === 'met' : series === 'all' ? met.length === samples.length : met.length > 0;
  const telling = holds ? met : samples.filter((sample) => !inside(sample));
  const now = nowText(samples, telling);
  return {
    holds,
    now,
    summary: `${shorten(params.query)} is ${now}, ${holds ? 'as' : 'not'} ${bounds(params)}`,
    data: {
      holds,
      count: samples.length,
      met: met.length,
      // NaN and infinities are no JSON.
      series: telling.slice(0, SHOWN).map(({ labels, value }) => ({ labels, value: finite(value) })),
      ...(samples.length === 1 && { value: finite(samples[0]!.value) }),
    },
  };
}

function nowText(samples: readonly Sample[], telling: readonly Sample[]): string {
  if (samples.length === 0) return 'without data';
  if (samples.length === 1) return round(samples[0]!.value);
  const values = telling.map(({ value }) => value);
  const range =
    values.length === 1 ? round(values[0]!) : `${round(Math.min(...values))} … ${round(Math.max(...values))}`;
  return `${range} (${telling.length} of ${samples.length} series)`;
}

function bounds({ above, below }: Params): string {
  return [above === undefined ? [] : [`above ${above}`], below === undefined ? [] : [`below ${below}`]]
    .flat()
    .join(' and ');
}

function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function round(value: number): string {
  return String(Number.isFinite(value) ? Number(value.toPrecision(6)) : value);
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 120 ? line : `${line.slice(0, 119)}…`;
}
