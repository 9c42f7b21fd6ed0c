import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import type { HttpEndpoint, TlsSettings } from '../../../../config/sections/monitoring';
import { KubernautError } from '../../../../plan/errors';
import type { Json } from '../../../../plan/json';
import type { ActionContext } from '../../../contract';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the endpoint's URL: `/api/v2/silences`. */
  path: string;
  /** A list is repeated: `filter=a&filter=b`. */
  query?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as JSON; a string as it is, with `contentType`; `form` for long queries. */
  body?: Json;
  form?: Readonly<Record<string, string>>;
  contentType?: string;
  headers?: Readonly<Record<string, string>>;
  /** Statuses that the caller understands besides 2xx; they are answers then, not errors. */
  accept?: readonly number[];
}

export interface HttpAnswer {
  status: number;
  /** Parsed when the server sent JSON. */
  body: unknown;
}

/** One server's HTTP API: credentials, TLS, deadline, and errors of the catalogue. */
export interface HttpApi {
  readonly name: string;
  /**
   * @throws {KubernautError} `UNAUTHORIZED` 401 · `FORBIDDEN` 403 · `TARGET_NOT_FOUND` 404 · `CONFLICT` 409, 412 · `THROTTLED` 429 ·
   * `REJECTED_BY_SERVER` other 4xx, with the server's own words, shortened · `UNAVAILABLE` 5xx and network · `CANCELLED`
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
}

const TIMEOUT_MS = 30_000;
/** Answers beyond this are refused: a list of all series does not belong into a step. */
const MOST_BYTES = 16 * 1024 * 1024;

/** What a call needs of an action's context; whoever has no action can bring it, too. */
export type HttpCaller = Pick<ActionContext, 'signal' | 'deadline' | 'clock' | 'secrets'>;

/** Reads credentials anew for each request, so that a rotated one needs no restart. */
export function httpApi(ctx: HttpCaller, name: string, endpoint: HttpEndpoint): HttpApi {
  return {
    name,
    async request(request) {
      const what = `${name}: ${request.method} ${request.path}`;
      if (ctx.signal.aborted) throw new KubernautError('CANCELLED', `${what}: cancelled`);
      const agents = await agentsFor(ctx, endpoint.tls);
      try {
        const response = await axios.request<string>({
          url: endpoint.url.replace(/\/+$/, '') + request.path,
          method: request.method,
          params: request.query,
          paramsSerializer: { indexes: null },
          ...bodyOf(request),
          headers: { ...contentType(request), ...request.headers, ...(await authorization(ctx, endpoint)) },
          timeout: Math.max(1, Math.min(TIMEOUT_MS, ctx.deadline - ctx.clock.now())),
          signal: ctx.signal,
          responseType: 'text',
          transformResponse: (text: string) => text,
          validateStatus: () => true,
          // Credentials must not follow a redirect to another host; a moved API is an error in the settings.
          maxRedirects: 0,
          maxContentLength: MOST_BYTES,
          // The endpoints are named in the settings; a proxy in the environment is for the world outside.
          proxy: false,
          ...agents,
        });
        return answer(what, response, request.accept ?? []);
      } catch (error) {
        throw error instanceof KubernautError ? error : networkError(ctx, what, error);
      } finally {
        agents.httpAgent.destroy();
        agents.httpsAgent.destroy();
      }
    },
  };
}

function bodyOf({ body, form }: HttpRequest): { data?: unknown } {
  if (form !== undefined) return { data: new URLSearchParams(form).toString() };
  if (body === undefined) return {};
  return { data: typeof body === 'string' ? body : JSON.stringify(body) };
}

function contentType({ body, form, contentType: given }: HttpRequest): Record<string, string> {
  if (form !== undefined) return { 'Content-Type': 'application/x-www-form-urlencoded' };
  return body === undefined ? {} : { 'Content-Type': given ?? 'application/json' };
}

async function authorization(ctx: HttpCaller, { auth }: HttpEndpoint): Promise<Record<string, string>> {
  if (auth === undefined) return {};
  if ('bearer' in auth) return { Authorization: `Bearer ${await ctx.secrets.read(auth.bearer)}` };
  const pair = `${auth.username}:${await ctx.secrets.read(auth.password)}`;
  return { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

async function agentsFor(
  ctx: HttpCaller,
  tls: TlsSettings = {},
): Promise<{ httpAgent: HttpAgent; httpsAgent: HttpsAgent }> {
  const file = async (path: string | undefined) =>
    path === undefined
      ? undefined
      : readFile(path).catch((error: NodeJS.ErrnoException) => {
          throw new KubernautError('PRECONDITION_FAILED', `${path} cannot be read (${error.code})`, {
            remedy: 'Correct monitoring.….tls in kubernaut.yaml.',
          });
        });
  const httpsAgent = new HttpsAgent({
    ca: await file(tls.caFile),
    cert: await file(tls.certFile),
    key: tls.key && (await ctx.secrets.read(tls.key)),
    servername: tls.serverName,
  });
  return { httpAgent: new HttpAgent(), httpsAgent };
}

function answer(what: string, response: AxiosResponse<string>, accept: readonly number[]): HttpAnswer {
  const { status } = response;
  const type = String(response.headers['content-type'] ?? '');
  const body = type.includes('json') ? parse(what, response.data) : response.data;
  if ((status >= 200 && status < 300) || accept.includes(status)) return { status, body };
  const words = `${what}: ${status}${ownWords(body)}`;
  if (status === 401) throw new KubernautError('UNAUTHORIZED', words);
  if (status === 403)
    throw new KubernautError('FORBIDDEN', words, { remedy: 'Give the account of Kubernaut this right.' });
  if (status === 404) throw new KubernautError('TARGET_NOT_FOUND', words);
  if (status === 409 || status === 412) throw new KubernautError('CONFLICT', words);
  if (status === 429) {
    const seconds = Number(response.headers['retry-after']);
    throw new KubernautError('THROTTLED', words, { retryAfterMs: seconds > 0 ? seconds * 1000 : undefined });
  }
  if (status >= 500) throw new KubernautError('UNAVAILABLE', words);
  if (status >= 300 && status < 400) {
    throw new KubernautError('PRECONDITION_FAILED', `${words}: the server wants to send us elsewhere`, {
      remedy: 'Correct the URL in the monitoring settings of kubernaut.yaml.',
    });
  }
  throw new KubernautError('REJECTED_BY_SERVER', words);
}

function parse(what: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new KubernautError('UNAVAILABLE', `${what}: the answer says it is JSON but is not`);
  }
}

/** The sentence in an error answer, wherever these APIs put it; never the whole body. */
function ownWords(body: unknown): string {
  const fields = (typeof body === 'object' ? body : undefined) as Record<string, unknown> | null | undefined;
  const text = typeof body === 'string' ? body : (fields?.['error'] ?? fields?.['message']);
  if (typeof text !== 'string' || text.trim() === '') return '';
  return ` (${text.trim().replace(/\s+/g, ' ').slice(0, 300)})`;
}

function networkError(ctx: HttpCaller, what: string, error: unknown): KubernautError {
  if (ctx.signal.aborted) return new KubernautError('CANCELLED', `${what}: cancelled`, { cause: error });
  const { code = 'no answer', message } = error as { code?: string; message?: string };
  const text = /^[A-Z_]+$/.test(code) ? code : (message ?? code);
  return new KubernautError('UNAVAILABLE', `${what}: ${text}`, {
    remedy: `Is ${what.split(':')[0]} running, and is its URL in kubernaut.yaml right?`,
  });
}
