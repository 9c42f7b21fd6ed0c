import { z } from 'zod';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { ActionContext } from '../../../contract';
import { grafanaApi } from './endpoints';
import type { HttpApi } from './http-api';

const annotation = z.object({
  id: z.int(),
  text: z.string(),
  tags: z.array(z.string()).nullish(),
  time: z.number(),
  timeEnd: z.number().optional(),
});
export type Annotation = z.output<typeof annotation>;

const anyObject = z.record(z.string(), z.any()) as unknown as z.ZodType<JsonObject>;
const dashboard = z.object({ dashboard: anyObject, meta: z.looseObject({ folderUid: z.string().optional() }) });

/** The part of Grafana's HTTP API that the actions use. Every method throws as {@link HttpApi.request} does. */
export class Grafana {
  private readonly api: HttpApi;

  constructor(ctx: ActionContext) {
    this.api = grafanaApi(ctx);
  }

  async annotationsTagged(tag: string): Promise<Annotation[]> {
    const query = { tags: tag, limit: '10' };
    const { body } = await this.api.request({ method: 'GET', path: '/api/annotations', query });
    return understand(z.array(annotation), body, 'annotations');
  }

  async annotate(wish: {
    dashboardUID?: string;
    panelId?: number;
    time: number;
    tags: string[];
    text: string;
  }): Promise<number> {
    const { body } = await this.api.request({ method: 'POST', path: '/api/annotations', body: wish as JsonObject });
    return understand(z.object({ id: z.int() }), body, 'the id of an annotation').id;
  }

  async deleteAnnotation(id: number): Promise<void> {
    await this.api.request({ method: 'DELETE', path: `/api/annotations/${id}`, accept: [404] });
  }

  /** A Grafana-managed alert rule, whole, as the provisioning API gives and takes it. */
  async alertRule(uid: string): Promise<JsonObject> {
    const { body } = await this.api.request({ method: 'GET', path: rulePath(uid) });
    return understand(anyObject, body, 'an alert rule');
  }

  /** Without the header the rule could no longer be edited in Grafana's own pages. */
  async putAlertRule(uid: string, rule: JsonObject): Promise<void> {
    const headers = { 'X-Disable-Provenance': 'true' };
    await this.api.request({ method: 'PUT', path: rulePath(uid), body: rule, headers });
  }

  /** @throws {KubernautError} `TARGET_NOT_FOUND` */
  async dashboard(uid: string): Promise<{ dashboard: JsonObject; folderUid: string }> {
    const { body } = await this.api.request({ method: 'GET', path: `/api/dashboards/uid/${encodeURIComponent(uid)}` });
    const { dashboard: model, meta } = understand(dashboard, body, 'a dashboard');
    return { dashboard: model, folderUid: meta.folderUid ?? '' };
  }

  /** Messages of the newest versions: who saved them, by our own words. */
  async dashboardMessages(uid: string): Promise<string[]> {
    const path = `/api/dashboards/uid/${encodeURIComponent(uid)}/versions`;
    const { body } = await this.api.request({ method: 'GET', path, query: { limit: '50' } });
    const list = z.array(z.looseObject({ message: z.string().default('') }));
    // A bare list before Grafana 11, an object with a page of them since.
    const versions = understand(
      z.union([list, z.object({ versions: list }).transform((page) => page.versions)]),
      body,
      'versions',
    );
    return versions.map(({ message }) => message);
  }

  /** The new version. `dashboard.version` must be the present one. @throws {KubernautError} `CONFLICT` when it is not */
  async saveDashboard(wish: { dashboard: JsonObject; folderUid: string; message: string }): Promise<number> {
    const body = { ...wish, overwrite: false };
    const answer = await this.api.request({ method: 'POST', path: '/api/dashboards/db', body });
    return understand(z.object({ version: z.int() }), answer.body, 'the version of a dashboard').version;
  }
}

function rulePath(uid: string): string {
  return `/api/v1/provisioning/alert-rules/${encodeURIComponent(uid)}`;
}

function understand<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new KubernautError('UNAVAILABLE', `Grafana: the answer is not ${what} as its HTTP API describes it`, {
    remedy: 'Is the URL in kubernaut.yaml that of a Grafana?',
  });
}
