import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import axios from 'axios';
import type { Registry } from 'prom-client';
import { KubernautError } from '../plan/errors';
import type { Readiness } from './readiness';

export interface HttpServerOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  metrics: Registry;
  /** Called before each scrape: brings what is read only then up to date. Its failure is no failure of the scrape. */
  beforeScrape?: () => Promise<void>;
  /** Where the SDK's core serves its metrics; they are appended to ours. */
  coreMetricsUrl: string | undefined;
  readiness(): Promise<Readiness>;
}

export interface HttpServer {
  url: string;
  close(): Promise<void>;
}

/** Event loop delays above this mean that heartbeats come too late: better to be restarted than to be half alive. */
const STUCK_MS = 10_000;

/**
 * `/metrics` (ours and the SDK's, Prometheus text), `/healthz` (200 unless the event loop was stuck for more than 10 s in the
 * last period; a process that cannot answer at all fails by itself) and `/readyz` (200 or 503, each component with its reason).
 *
 * @throws {KubernautError} `SETTINGS_INVALID` when host and port cannot be bound
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const delay = monitorEventLoopDelay({ resolution: 100 });
  delay.enable();

  const routes: Record<string, () => Promise<Answer>> = {
    '/metrics': async () => ({ status: 200, type: options.metrics.contentType, body: await allMetrics(options) }),
    '/healthz': async () => {
      const worstMs = delay.max / 1e6;
      delay.reset();
      return json(worstMs > STUCK_MS ? 503 : 200, {
        alive: worstMs <= STUCK_MS,
        eventLoopDelayMs: Math.round(worstMs),
      });
    },
    '/readyz': async () => {
      const state = await options.readiness();
      return json(state.ready ? 200 : 503, state);
    },
  };

  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0]!;
    const route = request.method === 'GET' || request.method === 'HEAD' ? routes[path] : undefined;
    const answer = route?.() ?? Promise.resolve(json(404, { error: `there are ${Object.keys(routes).join(', ')}` }));
    void answer
      .catch(() => json(500, { error: 'it could not be determined' }))
      .then(({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
  });
  await listen(server, options);
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        delay.disable();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  status: number;
  type: string;
  body: string;
}

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value)}\n`,
});

/** Ours and the core's share no name, so the two texts can simply follow each other. */
async function allMetrics({ metrics, coreMetricsUrl, beforeScrape }: HttpServerOptions): Promise<string> {
  await beforeScrape?.().catch(() => undefined);
  const own = await metrics.metrics();
  if (coreMetricsUrl === undefined) return own;
  try {
    const { data } = await axios.get<string>(coreMetricsUrl, { timeout: 2_000, responseType: 'text', proxy: false });
    return `${own}\n${data}`;
  } catch {
    return `${own}\n# the SDK's own metrics could not be read\n`;
  }
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new KubernautError(
          'SETTINGS_INVALID',
          `metrics and health cannot be served on ${host}:${port} (${error.code})`,
          {
            remedy: 'Set worker.metrics.port to a free port, or to false.',
          },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
}
