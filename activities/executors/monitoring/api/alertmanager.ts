import { z } from 'zod';
import { KubernautError } from '../../../../plan/errors';
import type { ActionContext } from '../../../contract';
import type { Matcher } from '../silences/matchers';
import { alertmanagerApi, grafanaApi } from './endpoints';
import type { HttpApi } from './http-api';

const matcher = z.object({
  name: z.string(),
  value: z.string(),
  isRegex: z.boolean(),
  // Alertmanagers before 0.22 know no negative matchers and leave the field out.
  isEqual: z.boolean().default(true),
});

const silence = z.object({
  id: z.string(),
  status: z.object({ state: z.enum(['active', 'pending', 'expired']) }),
  startsAt: z.string(),
  endsAt: z.string(),
  updatedAt: z.string(),
  createdBy: z.string(),
  comment: z.string(),
  matchers: z.array(matcher),
});
/** A silence as API v2 gives it; times are ISO 8601. */
export type Silence = z.output<typeof silence>;

const alert = z.object({
  labels: z.record(z.string(), z.string()),
  startsAt: z.string(),
  status: z.object({ state: z.string(), silencedBy: z.array(z.string()) }),
});
export type Alert = z.output<typeof alert>;

/** What a write sends. With an `id` the silence is changed in place, as long as its matchers stay the same. */
export interface SilenceWish {
  id?: string;
  matchers: Matcher[];
  startsAt: string;
  endsAt: string;
  createdBy: string;
  comment: string;
}

/** The part of Alertmanager's API v2 that the actions use. Every method throws as {@link HttpApi.request} does. */
export class Alertmanager {
  private constructor(
    private readonly api: HttpApi,
    private readonly prefix: string,
  ) {}

  /** @throws {KubernautError} `PRECONDITION_FAILED` when none is configured */
  static of(ctx: ActionContext): Alertmanager {
    return new Alertmanager(alertmanagerApi(ctx), '');
  }

  /** Grafana's own Alertmanager, which speaks the same API. @throws {KubernautError} `PRECONDITION_FAILED` */
  static ofGrafana(ctx: ActionContext): Alertmanager {
    return new Alertmanager(grafanaApi(ctx), '/api/alertmanager/grafana');
  }

  /** All that it remembers: expired silences stay for its retention (default 120 h). */
  async silences(): Promise<Silence[]> {
    const { body } = await this.api.request({ method: 'GET', path: `${this.prefix}/api/v2/silences` });
    return understand(z.array(silence), body, 'silences');
  }

  /** `undefined`: there is none with this id, or it is no longer remembered. */
  async silence(id: string): Promise<Silence | undefined> {
    const path = `${this.prefix}/api/v2/silence/${encodeURIComponent(id)}`;
    const { status, body } = await this.api.request({ method: 'GET', path, accept: [404] });
    return status === 404 ? undefined : understand(silence, body, 'a silence');
  }

  /** The id: of an existing silence its own, unless Alertmanager had to make a new one. */
  async putSilence(wish: SilenceWish): Promise<string> {
    const { body } = await this.api.request({
      method: 'POST',
      path: `${this.prefix}/api/v2/silences`,
      body: { ...wish },
    });
    return understand(z.object({ silenceID: z.string() }), body, 'the id of a silence').silenceID;
  }

  async expire(id: string): Promise<void> {
    await this.api.request({ method: 'DELETE', path: `${this.prefix}/api/v2/silence/${encodeURIComponent(id)}` });
  }

  /** Alerts that have not been resolved. */
  async alerts(matchers: readonly Matcher[]): Promise<Alert[]> {
    const filter = matchers.map(matcherText);
    const { body } = await this.api.request({ method: 'GET', path: `${this.prefix}/api/v2/alerts`, query: { filter } });
    return understand(z.array(alert), body, 'alerts');
  }
}

/** `namespace=~"shop|pay"`: as amtool and the API's filters write it. */
export function matcherText({ name, value, isRegex, isEqual }: Matcher): string {
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
  return `${name}${operator}${JSON.stringify(value)}`;
}

function understand<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new KubernautError('UNAVAILABLE', `the answer is not ${what} as Alertmanager’s API v2 describes it`, {
    remedy: 'Is the URL in kubernaut.yaml the right one?',
  });
}
