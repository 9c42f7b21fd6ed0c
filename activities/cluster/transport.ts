import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import axios, { type AxiosInstance } from 'axios';
import { KubernautError } from '../../plan/errors';
import { apiError, networkError } from './api-errors';
import type { ExecOptions, ExecResult } from './cluster';
import type { CredentialSource } from './credentials';
import { runExec } from './exec-stream';
import { tracedCall } from '../tracing/traced-call';
import { USER_AGENT } from './version';
import { warningsOf } from './warnings';

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the server's root: `/api/v1/namespaces/shop/pods`. */
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** Changes nothing, so that repeating it is harmless. Default: what GET is. */
  readOnly?: boolean;
  /** Verb and object for messages: `patch Deployment shop/web`. */
  call: string;
  /** Ends a read at once. A write that is under way is let finish: its outcome would be unknown otherwise. */
  signal?: AbortSignal;
  /** Gets each `Warning` of the answer, also of one that refuses. */
  onWarning?: ((text: string) => void) | undefined;
}

export interface TransportOptions {
  server: string;
  credentials: CredentialSource;
  /** For every call but watches, in milliseconds. */
  timeoutMs: number;
  /** Default `kubernaut/<version>`. What it holds stands in the API server's audit log: see `userAgentOf`. */
  userAgent?: string;
}

/** Waits before the retries of a read; a `Retry-After` of the server counts instead, up to the cap. */
const READ_RETRY_MS = [200, 500, 1_000];
const RETRY_AFTER_CAP_MS = 5_000;
const ERROR_BODY_CAP = 64 * 1024;

/**
 * HTTP to one API server, JSON in and out. Raw JSON on purpose: the typed API of client-node drops fields that it does not
 * know and turns timestamps into Dates, and a before-image made from that would not be what stood on the server.
 */
export class Transport {
  private readonly http: AxiosInstance;

  constructor(private readonly options: TransportOptions) {
    this.http = axios.create({
      baseURL: options.server,
      headers: { 'User-Agent': options.userAgent ?? USER_AGENT },
      validateStatus: () => true,
      transformResponse: [(body: unknown) => body],
      maxRedirects: 0,
      // The kubeconfig says whether there is a proxy; the agent carries it.
      proxy: false,
    });
  }

  /** The same connection, whose requests name another caller. */
  withUserAgent(userAgent: string): Transport {
    return new Transport({ ...this.options, userAgent });
  }

  /** Reads are repeated on network errors, 5xx and 429, a few times; writes never: their caller knows what is safe. */
  json<T>(call: Call): Promise<T> {
    return this.repeated(call, (text) => JSON.parse(text) as T);
  }

  /** The body of an answer that is no JSON (a log); repeated as other reads are. */
  readText(call: Call): Promise<string> {
    return this.repeated(call, (text) => text);
  }

  /** See `runExec`. Never repeated. */
  async exec(path: string, options: ExecOptions & { call: string; signal?: AbortSignal }): Promise<ExecResult> {
    const { server, userAgent = USER_AGENT } = this.options;
    const url = `${server.replace(/\/+$/, '')}${path}`;
    return runExec({ ...options, url, userAgent, credentials: await this.options.credentials.get() });
  }

  private async repeated<T>(call: Call, read: (text: string) => T): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return read(await this.text(call));
      } catch (error) {
        const wait = READ_RETRY_MS[attempt];
        const code = error instanceof KubernautError ? error.code : undefined;
        const again = isRead(call) && wait !== undefined && (code === 'UNAVAILABLE' || code === 'THROTTLED');
        const renewed = code === 'UNAUTHORIZED' && isRead(call) && attempt === 0;
        if (!again && !renewed) throw error instanceof SyntaxError ? networkError(call.call, error) : error;
        const asked = (error as KubernautError).retryAfterMs;
        await sleep(Math.min(asked ?? wait ?? 0, RETRY_AFTER_CAP_MS), undefined, { signal: call.signal }).catch(
          () => undefined,
        );
        throwIfCancelled(call);
      }
    }
  }

  /** The body of a watch as it comes. Without a timeout: the caller's signal ends it. */
  async stream(call: Call & { signal: AbortSignal }): Promise<Readable> {
    const response = await this.send<Readable>(call, 'stream', call.signal).catch((error: unknown) => {
      throwIfCancelled(call);
      throw error;
    });
    if (response.status >= 200 && response.status < 300) return response.data;
    throw apiError(
      call.call,
      response.status,
      await readCapped(response.data),
      header(response.headers, 'retry-after'),
    );
  }

  private async text(call: Call): Promise<string> {
    throwIfCancelled(call);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), this.options.timeoutMs);
    const cancel = () => timeout.abort();
    if (isRead(call)) call.signal?.addEventListener('abort', cancel, { once: true });
    try {
      const response = await this.send<string>(call, 'text', timeout.signal);
      if (response.status >= 200 && response.status < 300) return response.data;
      throw apiError(call.call, response.status, response.data, header(response.headers, 'retry-after'));
    } catch (error) {
      if (error instanceof KubernautError && timeout.signal.aborted) {
        throwIfCancelled(call);
        throw networkError(call.call, {
          code: 'ETIMEDOUT',
          message: `no answer within ${this.options.timeoutMs / 1000} s`,
        });
      }
      throw error;
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', cancel);
    }
  }

  private async send<T>(call: Call, responseType: 'text' | 'stream', signal: AbortSignal) {
    const { headers, agent } = await this.options.credentials.get();
    try {
      const traced = { method: call.method, path: call.path, call: call.call, server: this.options.server };
      const response = await tracedCall(traced, () =>
        this.http.request<T>({
          method: call.method,
          url: call.path,
          params: call.query,
          data: call.body === undefined ? undefined : JSON.stringify(call.body),
          responseType,
          headers: {
            ...headers,
            Accept: call.accept ?? 'application/json',
            ...(call.body !== undefined && { 'Content-Type': call.contentType ?? 'application/json' }),
          },
          httpAgent: agent,
          httpsAgent: agent,
          signal,
        }),
      );
      if (response.status === 401) this.options.credentials.forget();
      if (call.onWarning) warningsOf(header(response.headers, 'warning')).forEach(call.onWarning);
      return response;
    } catch (error) {
      throw networkError(call.call, error);
    }
  }
}

function isRead(call: Call): boolean {
  return call.readOnly ?? call.method === 'GET';
}

function throwIfCancelled(call: Call): void {
  if (call.signal?.aborted) throw new KubernautError('CANCELLED', `${call.call}: cancelled`);
}

function header(headers: unknown, name: string): string | undefined {
  const value = (headers as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}

async function readCapped(body: Readable): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += String(chunk);
    if (text.length > ERROR_BODY_CAP) break;
  }
  return text;
}
