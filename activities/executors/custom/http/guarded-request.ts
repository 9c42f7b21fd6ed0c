import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import axios from 'axios';
import { USER_AGENT } from '../../../cluster/version';
import { checkedAddress, type Resolve, type ResolvedAddress } from './checked-address';
import { checkScheme, shownUrl, type HostRule } from './host-rule';
import { requestError, timeoutError } from './request-errors';

export interface GuardedRequest {
  method: string;
  url: URL;
  /** Names the request in errors. Default: method and URL without query; needed where the path is a secret itself. */
  what?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Where the request may go; it is checked here, right before the connection is made. */
  rule: HostRule;
  /** For all of it: resolving, connecting, sending, reading. */
  timeoutMs: number;
  /** The answer's body is cut there. Default 64 KiB. */
  maxBytes?: number;
  signal: AbortSignal;
  resolve?: Resolve;
}

export interface Answer {
  status: number;
  /** Lower case names. */
  headers: Readonly<Record<string, string>>;
  body: string;
  /** The body was longer than `maxBytes`. */
  truncated: boolean;
  elapsedMs: number;
}

/**
 * One HTTP request to a place that the rule allows, and to nowhere else: the name is resolved once, every address judged, and
 * the connection made to that very address (TLS and `Host` still go by the name). No redirect is followed, no proxy of the
 * environment is used (it would resolve anew), no connection is kept. Any status is an answer.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` for what is not allowed or not trusted · `UNAVAILABLE` without an answer in
 * time. Errors hold neither headers nor bodies.
 */
export async function guardedRequest(request: GuardedRequest): Promise<Answer> {
  const { method, url, headers, body, rule, timeoutMs, signal, maxBytes = 64 * 1024 } = request;
  checkScheme(url, rule);
  const what = request.what ?? `${method} ${shownUrl(url)}`;
  const started = performance.now();
  const timeout = AbortSignal.timeout(Math.max(1, Math.round(timeoutMs)));
  const either = AbortSignal.any([signal, timeout]);
  const agents: Array<HttpAgent | HttpsAgent> = [];
  try {
    const pinned = pin(await orAborted(checkedAddress(url, rule.networks, request.resolve), either));
    const httpAgent = new HttpAgent({ lookup: pinned });
    const httpsAgent = new HttpsAgent({ lookup: pinned });
    agents.push(httpAgent, httpsAgent);
    const response = await axios.request<Readable>({
      adapter: 'http',
      method,
      url: url.href,
      headers: { Accept: '*/*', 'User-Agent': USER_AGENT, ...headers },
      data: body,
      transformRequest: [(data: unknown) => data],
      responseType: 'stream',
      validateStatus: () => true,
      maxRedirects: 0,
      proxy: false,
      httpAgent,
      httpsAgent,
      signal: either,
    });
    const { text, truncated } = await readUpTo(response.data, maxBytes, either);
    return {
      status: response.status,
      headers: plainHeaders(response.headers),
      body: text,
      truncated,
      elapsedMs: Math.round(performance.now() - started),
    };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (timeout.aborted) throw timeoutError(what, timeoutMs);
    throw requestError(what, error);
  } finally {
    for (const agent of agents) agent.destroy();
  }
}

/** Node asks for one address or for all of them, depending on its version and family selection. */
function pin({ address, family }: ResolvedAddress): LookupFunction {
  return (_host, options, callback) => {
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop!);
  }
}

async function readUpTo(
  stream: Readable,
  max: number,
  signal: AbortSignal,
): Promise<{ text: string; truncated: boolean }> {
  const stop = () => stream.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Leaving the loop early destroys the stream, so a flood is not read to its end.
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > max) break;
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return { text: Buffer.concat(chunks).subarray(0, max).toString('utf8'), truncated: size > max };
}

function plainHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}
