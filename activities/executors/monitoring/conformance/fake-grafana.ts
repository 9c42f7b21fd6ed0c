import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import axios from 'axios';
import type { JsonObject } from '../../../../plan/json';

/** What the fake holds and saw; tests change it as other people would. */
export interface FakeGrafana {
  url: string;
  annotations: Array<JsonObject & { id: number }>;
  rules: Map<string, JsonObject>;
  dashboards: Map<string, { dashboard: JsonObject; folderUid: string; messages: string[] }>;
  /** `POST /api/annotations`, writes only. */
  writes: string[];
  /** The next write is carried out, and the connection breaks before its answer. */
  loseNextAnswer: boolean;
  close(): Promise<void>;
}

/**
 * Grafana's HTTP API as its documentation describes it, as far as the actions use it, for tests and conformance runs; Grafana
 * itself is not among the servers that can be built here. Its Alertmanager is a real one behind the documented prefix.
 */
export async function startFakeGrafana(token: string, alertmanagerUrl: string): Promise<FakeGrafana> {
  const fake: Omit<FakeGrafana, 'url' | 'close'> = {
    annotations: [],
    rules: new Map(),
    dashboards: new Map(),
    writes: [],
    loseNextAnswer: false,
  };
  const server = createServer((request, response) => {
    void (async () => {
      const body = await read(request);
      const { status, answer } =
        request.headers.authorization === `Bearer ${token}`
          ? await handle(fake, alertmanagerUrl, request, body)
          : { status: 401, answer: { message: 'Invalid API key' } };
      if (fake.loseNextAnswer && request.method !== 'GET') {
        fake.loseNextAnswer = false;
        request.socket.destroy();
      } else response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(fake, {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  });
}

interface Answer {
  status: number;
  answer: unknown;
}
const ok = (answer: unknown): Answer => ({ status: 200, answer });
const notFound = (message: string): Answer => ({ status: 404, answer: { message } });

async function handle(
  fake: Omit<FakeGrafana, 'url' | 'close'>,
  alertmanagerUrl: string,
  { method = '', url = '', headers }: IncomingMessage,
  body: JsonObject,
): Promise<Answer> {
  const { pathname, searchParams, search } = new URL(url, 'http://fake');
  if (method !== 'GET') fake.writes.push(`${method} ${pathname}`);
  const alertmanager = /^\/api\/alertmanager\/grafana(\/.*)$/.exec(pathname)?.[1];
  if (alertmanager !== undefined) {
    const target = `${alertmanagerUrl}${alertmanager}${search}`;
    const { status, data } = await axios.request<unknown>({
      ...{ method, url: target, proxy: false, validateStatus: () => true },
      ...(method === 'POST' && { data: body }),
    });
    return { status, answer: data };
  }
  if (pathname === '/api/annotations') {
    if (method === 'GET') {
      const tag = searchParams.get('tags');
      return ok(fake.annotations.filter(({ tags }) => tag === null || (tags as string[]).includes(tag)));
    }
    const id = fake.annotations.length + 1;
    fake.annotations.push({ ...body, id, alertId: 0 });
    return ok({ message: 'Annotation added', id });
  }
  const annotation = /^\/api\/annotations\/(\d+)$/.exec(pathname)?.[1];
  if (annotation !== undefined && method === 'DELETE') {
    const at = fake.annotations.findIndex(({ id }) => id === Number(annotation));
    if (at < 0) return notFound('Could not find annotation');
    fake.annotations.splice(at, 1);
    return ok({ message: 'Annotation deleted' });
  }
  const rule = /^\/api\/v1\/provisioning\/alert-rules\/([^/]+)$/.exec(pathname)?.[1];
  if (rule !== undefined) {
    if (!fake.rules.has(rule)) return notFound('alert rule not found');
    if (method === 'PUT') {
      const provenance = headers['x-disable-provenance'] === 'true' ? '' : 'api';
      fake.rules.set(rule, { ...body, provenance, updated: new Date().toISOString() });
    }
    return ok(fake.rules.get(rule));
  }
  return dashboards(fake, method, pathname, body);
}

function dashboards(fake: Pick<FakeGrafana, 'dashboards'>, method: string, pathname: string, body: JsonObject): Answer {
  if (method === 'POST' && pathname === '/api/dashboards/db') {
    const wanted = body['dashboard'] as JsonObject;
    const present = fake.dashboards.get(String(wanted['uid']));
    if (present === undefined) return notFound('Dashboard not found');
    const version = Number(present.dashboard['version']);
    if (wanted['version'] !== version && body['overwrite'] !== true) {
      const message = 'The dashboard has been changed by someone else';
      return { status: 412, answer: { status: 'version-mismatch', message } };
    }
    present.dashboard = { ...wanted, version: version + 1 };
    present.messages.push(String(body['message'] ?? ''));
    return ok({ id: 1, uid: wanted['uid'], status: 'success', version: version + 1 });
  }
  const [, uid, versions] = /^\/api\/dashboards\/uid\/([^/]+)(\/versions)?$/.exec(pathname) ?? [];
  const found = fake.dashboards.get(uid ?? '');
  if (found === undefined) return notFound('Dashboard not found');
  if (versions === undefined)
    return ok({ dashboard: found.dashboard, meta: { folderUid: found.folderUid, canSave: true } });
  return ok({ continueToken: '', versions: found.messages.map((message, index) => ({ version: index + 2, message })) });
}

async function read(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : (JSON.parse(text) as JsonObject);
}
