import { z } from 'zod';
import { KubernautError } from '../../../../plan/errors';
import type { ActionContext } from '../../../contract';
import { prometheusApi } from './endpoints';
import type { HttpApi, HttpRequest } from './http-api';

const labels = z.record(z.string(), z.string());
const point = z.tuple([z.number(), z.string()]);
const queryData = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value: point.optional() })) }),
  z.object({ resultType: z.literal('scalar'), result: point }),
  z.object({ resultType: z.literal('matrix'), result: z.array(z.unknown()) }),
  z.object({ resultType: z.literal('string'), result: z.unknown() }),
]);

const rule = z.object({
  type: z.string(),
  name: z.string(),
  query: z.string(),
  duration: z.number().default(0),
  keepFiringFor: z.number().default(0),
  labels: labels.default({}),
  annotations: labels.default({}),
  health: z.string(),
  lastError: z.string().default(''),
  state: z.string().optional(),
});
const ruleGroups = z.object({
  groups: z.array(z.object({ name: z.string(), file: z.string(), rules: z.array(rule) })),
});

/** A rule as Prometheus has it in force; durations in seconds, `query` in its own spelling. */
export type RuleInForce = z.output<typeof rule> & { group: string; file: string };

const scrapeTarget = z.object({
  scrapeUrl: z.string(),
  health: z.string(),
  lastError: z.string().default(''),
  scrapeInterval: z.string(),
});
/** What Prometheus scrapes. `health`: `up`, `down`, or `unknown` before the first time. */
export type ScrapeTarget = z.output<typeof scrapeTarget>;

/** One series of an instant query; `NaN` and infinities are possible values. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

export interface GaugeSample {
  job: string;
  name: string;
  value: number;
  labels: Readonly<Record<string, string>>;
  at: number;
}

/** The part of Prometheus' HTTP API that the actions use. Every method throws as {@link HttpApi.request} does. */
export class Prometheus {
  private readonly api: HttpApi;

  constructor(ctx: ActionContext) {
    this.api = prometheusApi(ctx);
  }

  /** @throws {KubernautError} `REJECTED_BY_SERVER` for an expression it cannot evaluate, or whose result is no number */
  async query(query: string): Promise<Sample[]> {
    const data = await this.data(queryData, { method: 'POST', path: '/api/v1/query', form: { query } });
    if (data.resultType === 'scalar') return [{ labels: {}, value: Number(numeral(data.result[1])) }];
    if (data.resultType !== 'vector') {
      throw new KubernautError(
        'REJECTED_BY_SERVER',
        `the query gives a ${data.resultType}, not numbers at one moment`,
        {
          remedy: 'Wrap a range in a function such as rate(…[5m]) or max_over_time(…[5m]).',
        },
      );
    }
    return data.result.map(({ metric, value }) => {
      if (value === undefined) {
        throw new KubernautError('REJECTED_BY_SERVER', 'the query gives native histograms, not numbers', {
          remedy: 'Use histogram_quantile, histogram_avg or the like.',
        });
      }
      return { labels: metric, value: Number(numeral(value[1])) };
    });
  }

  /** The expression as Prometheus writes it; equal expressions become equal. @throws {KubernautError} `REJECTED_BY_SERVER` */
  async formatQuery(query: string): Promise<string> {
    return this.data(z.string(), { method: 'POST', path: '/api/v1/format_query', form: { query } });
  }

  async alertRules(): Promise<RuleInForce[]> {
    const path = '/api/v1/rules';
    const { groups } = await this.data(ruleGroups, { method: 'GET', path, query: { type: 'alert' } });
    return groups.flatMap(({ name, file, rules }) => rules.map((each) => ({ ...each, group: name, file })));
  }

  /** Alerts that are pending or firing now. */
  async alerts(): Promise<Array<{ labels: Record<string, string>; state: string }>> {
    const alerts = z.object({ alerts: z.array(z.object({ labels, state: z.string() })) });
    return (await this.data(alerts, { method: 'GET', path: '/api/v1/alerts' })).alerts;
  }

  /** Targets of one job; none as well when there is no such job. */
  async scrapeTargets(pool: string): Promise<ScrapeTarget[]> {
    const query = { state: 'active', scrapePool: pool };
    const targets = z.object({ activeTargets: z.array(scrapeTarget).nullable() });
    return (await this.data(targets, { method: 'GET', path: '/api/v1/targets', query })).activeTargets ?? [];
  }

  async runtimeInfo(): Promise<{ reloadConfigSuccess: boolean; lastConfigTime: string }> {
    const info = z.object({ reloadConfigSuccess: z.boolean(), lastConfigTime: z.string() });
    return this.data(info, { method: 'GET', path: '/api/v1/status/runtimeinfo' });
  }

  /** Was it started with `--web.enable-lifecycle`? */
  canReload(): Promise<boolean> {
    return this.hasFlag('web.enable-lifecycle');
  }

  /** Was it started with `--web.enable-otlp-receiver`? */
  takesOtlp(): Promise<boolean> {
    return this.hasFlag('web.enable-otlp-receiver');
  }

  private async hasFlag(name: string): Promise<boolean> {
    const flags = await this.data(labels, { method: 'GET', path: '/api/v1/status/flags' });
    return flags[name] === 'true';
  }

  /** Writes one sample, `at` in milliseconds; the same one again changes nothing. OTLP metrics as JSON. */
  async pushGauge({ job, name, value, labels: own, at }: GaugeSample): Promise<void> {
    const attribute = ([key, text]: [string, string]) => ({ key, value: { stringValue: text } });
    const point = { asDouble: value, timeUnixNano: `${at}000000`, attributes: Object.entries(own).map(attribute) };
    await this.api.request({
      method: 'POST',
      path: '/api/v1/otlp/v1/metrics',
      body: {
        resourceMetrics: [
          {
            resource: { attributes: [attribute(['service.name', job])] },
            scopeMetrics: [{ metrics: [{ name, gauge: { dataPoints: [point] } }] }],
          },
        ],
      },
    });
  }

  /**
   * Reads configuration and rule files anew; done when this resolves.
   *
   * @throws {KubernautError} `REJECTED_BY_SERVER` with the reason when it refused them and goes on with the old ones ·
   * `PRECONDITION_FAILED` without the lifecycle API
   */
  async reload(): Promise<void> {
    const { status, body } = await this.api.request({ method: 'POST', path: '/-/reload', accept: [403, 500] });
    if (status === 403) throw noLifecycle();
    if (status < 300) return;
    const words = typeof body === 'string' ? body.trim().replace(/\s+/g, ' ').slice(0, 300) : 'no reason given';
    throw new KubernautError('REJECTED_BY_SERVER', `Prometheus refused its configuration: ${words}`, {
      remedy: 'It goes on with the old one. Its log names file and line; correct them and reload again.',
    });
  }

  private async data<T>(schema: z.ZodType<T>, request: HttpRequest): Promise<T> {
    const { body } = await this.api.request(request);
    const result = z.object({ status: z.literal('success'), data: schema }).safeParse(body);
    if (result.success) return result.data.data as T;
    throw new KubernautError(
      'UNAVAILABLE',
      `Prometheus: the answer to ${request.path} is not what its API v1 describes`,
      {
        remedy: 'Is the URL in kubernaut.yaml that of a Prometheus?',
      },
    );
  }
}

export function noLifecycle(): KubernautError {
  return new KubernautError('PRECONDITION_FAILED', 'Prometheus cannot be told to reload', {
    remedy: 'Start it with --web.enable-lifecycle.',
  });
}

/** Prometheus writes `+Inf`; JavaScript reads `Infinity`. */
function numeral(text: string): string {
  return text.replace('Inf', 'Infinity');
}
