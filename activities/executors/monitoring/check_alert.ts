import { z } from 'zod';
import { durationMs } from '../../../plan/duration';
import type { JsonObject } from '../../../plan/json';
import { defineAction, type ActionContext } from '../../contract';
import { Alertmanager, matcherText } from './api/alertmanager';
import { Prometheus } from './api/prometheus';
import { watchReading, type Reading } from './metrics/watch-reading';
import { durationParam } from './params';
import { matches, matchersSchema } from './silences/matchers';

const params = z.strictObject({
  matchers: matchersSchema,
  expect: z.enum(['resolved', 'firing']).default('resolved').describe('What is to be found. Default resolved.'),
  for: durationParam('0s', '1h').default('0s').describe('It must stay so without a break. Default 0s.'),
  within: durationParam('0s', '24h').default('5m').describe('How long to wait until it is so. Default 5m.'),
  every: durationParam('500ms', '5m').default('5s').describe('How often the servers are asked. Default 5s.'),
});
type Params = z.output<typeof params>;

const SHOWN = 10;

/**
 * Asks whether alerts still fire. Resolved means: Alertmanager holds no such alert, and, where a Prometheus is configured, none
 * of its rules makes one firing either. Alertmanager alone forgets its alerts on a restart, and lags behind by up to
 * Prometheus' resend delay. Silenced and inhibited alerts count as firing: to be unheard is not to be resolved.
 */
export const checkAlert = defineAction<Params, JsonObject>({
  name: 'check_alert',
  executor: 'monitoring',
  description: 'Waits until alerts that match have resolved (or fire), and reports which still do.',
  whenToUse: 'At the end of a plan: to verify that the alert that led to it is gone.',
  whenNotToUse: 'When the alert’s own `for` or window is so long that it cannot resolve in time: use query_metric.',
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
      title: 'The alert has resolved, and stays so for two minutes',
      params: {
        matchers: [
          { name: 'alertname', value: 'HighLatency' },
          { name: 'service', value: 'web' },
        ],
        for: '2m',
        within: '10m',
      },
    },
  ],

  async validate(ctx, { params }) {
    const reading = await read(ctx, params);
    return {
      before: { holds: reading.holds, reading: reading.now },
      diff: [],
      warnings: ctx.settings.monitoring?.prometheus ? [] : ['only Alertmanager is asked: no Prometheus is configured'],
      summary: `{${params.matchers.map(matcherText).join(', ')}} ${params.expect} (now: ${reading.now})`,
      noEffect: false,
    };
  },

  async execute(ctx, { params }) {
    const { summary, data } = await read(ctx, params);
    return { changed: false, summary, data };
  },

  verify(ctx, { params }) {
    return watchReading(ctx, {
      what: `{${params.matchers.map(matcherText).join(', ')}} ${params.expect}`,
      forMs: durationMs(params.for),
      withinMs: durationMs(params.within),
      everyMs: durationMs(params.every),
      read: () => read(ctx, params),
    });
  },
});

async function read(ctx: ActionContext, { matchers, expect }: Params): Promise<Reading & { now: string }> {
  const [held, made] = await Promise.all([Alertmanager.of(ctx).alerts(matchers), firingRules(ctx)]);
  const rules = made.filter(({ labels }) => matchers.every((matcher) => matches(matcher, labels)));
  const [firing, source] = held.length > 0 ? [held, 'Alertmanager'] : [rules, 'Prometheus'];
  const now = firing.length === 0 ? 'resolved' : `${firing.length} firing in ${source}`;
  return {
    holds: (firing.length === 0) === (expect === 'resolved'),
    now,
    summary: `{${matchers.map(matcherText).join(', ')}}: ${now}`,
    data: {
      firing: firing.length,
      alerts: firing.slice(0, SHOWN).map(({ labels }) => ({ labels })),
    },
  };
}

async function firingRules(ctx: ActionContext): Promise<Array<{ labels: Record<string, string> }>> {
  if (!ctx.settings.monitoring?.prometheus) return [];
  return (await new Prometheus(ctx).alerts()).filter(({ state }) => state === 'firing');
}
