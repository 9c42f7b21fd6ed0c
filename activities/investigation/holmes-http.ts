import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { addAbortSignal, type Readable } from 'node:stream';
import axios from 'axios';
import type { HolmesGptSettings } from '../../config/sections/holmesgpt';
import { KubernautError } from '../../plan/errors';
import { Stop } from '../failure';
import { REDACTED } from '../redact';
import type { Secrets } from '../secrets';
import { detailOf, holmesError } from './holmes-errors';

export interface HolmesRequest {
  method: 'GET' | 'POST';
  /** Below the URL: `/api/chat`. */
  path: string;
  body?: object;
  /** Default `application/json`. */
  accept?: 'application/json' | 'text/event-stream';
  timeoutMs: number;
  signal: AbortSignal;
}

export interface HolmesHttp {
  /**
   * Sends one request and hands the body of a 2xx answer to `read`. Nothing is ever sent twice here: a question whose
   * answer does not come is still being worked on.
   *
   * @throws KubernautError of the catalogue; `HOLMES_UNREACHABLE` only when the question cannot have arrived
   */
  send<T>(request: HolmesRequest, read: (body: Readable) => Promise<T>): Promise<T>;
}

const MOST_ERROR_BYTES = 64 * 1024;
/** From 0.43 on, a header with one of these makes every command tool of HolmesGPT fail while the call itself succeeds. */
const SHELL_CHARACTERS = /[\n\r"$&\\'()*;<>?[\]`{|}]/;

/** Whether HolmesGPT's tools would refuse to work because of a header with this value. */
export function breaksTools(headerValue: string): boolean {
  return SHELL_CHARACTERS.test(headerValue);
}

/** The key is read anew for each request, so that a rotated one needs no restart. */
export function holmesHttp(settings: HolmesGptSettings, secrets: Secrets): HolmesHttp {
  return {
    async send(request, read) {
      const what = `HolmesGPT: ${request.method} ${request.path}`;
      const key = settings.apiKey && (await secrets.read(settings.apiKey));
      if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
        throw new KubernautError('HOLMES_UNAUTHORIZED', `${what}: the key holds characters that no header can carry`);
      }
      const late = AbortSignal.timeout(request.timeoutMs);
      const signal = AbortSignal.any([request.signal, late]);
      const agents = await agentsFor(settings.caFile);
      try {
        request.signal.throwIfAborted();
        const response = await axios.request<Readable>({
          url: settings.url.replace(/\/+$/, '') + request.path,
          method: request.method,
          data: request.body && JSON.stringify(request.body),
          headers: headersOf(request, key),
          signal,
          responseType: 'stream',
          validateStatus: () => true,
          // The key must not follow a redirect to another host; a moved API is an error in the settings.
          maxRedirects: 0,
          // The server is named in the settings; a proxy in the environment is for the world outside.
          proxy: false,
          ...agents,
        });
        const body = addAbortSignal(signal, response.data);
        if (response.status >= 200 && response.status < 300) return await read(body);
        const detail = detailOf(await readText(body, MOST_ERROR_BYTES));
        throw holmesError(what, {
          status: response.status,
          detail: key === undefined ? detail : detail.replaceAll(key, REDACTED),
        });
      } catch (error) {
        if (error instanceof KubernautError || error instanceof Stop) throw error;
        request.signal.throwIfAborted();
        throw networkError(what, request, late.aborted, error);
      } finally {
        agents.httpAgent.destroy();
        agents.httpsAgent.destroy();
      }
    },
  };
}

/** All plain: no `*` and no `;` as axios would send, see {@link breaksTools}. */
function headersOf({ accept = 'application/json', body }: HolmesRequest, key?: string): Record<string, string> {
  return {
    Accept: accept,
    'Accept-Encoding': 'identity',
    'User-Agent': 'kubernaut',
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(key !== undefined && { 'X-API-Key': key }),
  };
}

/** The whole of a body as text. @throws KubernautError HOLMES_NONSENSE when it is larger */
export async function readText(body: Readable, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  await eachChunk(body, mostBytes, (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

export async function eachChunk(body: Readable, mostBytes: number, take: (chunk: Buffer) => void): Promise<void> {
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new KubernautError('HOLMES_NONSENSE', `the answer is larger than ${mostBytes} bytes`);
    take(chunk);
  }
}

async function agentsFor(caFile?: string): Promise<{ httpAgent: HttpAgent; httpsAgent: HttpsAgent }> {
  const ca =
    caFile === undefined
      ? undefined
      : await readFile(caFile).catch((error: NodeJS.ErrnoException) => {
          throw new KubernautError('PRECONDITION_FAILED', `${caFile} cannot be read (${error.code})`, {
            remedy: 'Correct holmesgpt.caFile in kubernaut.yaml.',
          });
        });
  // A server may be silent for minutes; that it is gone must still be noticed.
  const tcp = { keepAlive: true, keepAliveInitialDelay: 15_000 };
  return { httpAgent: new HttpAgent(tcp), httpsAgent: new HttpsAgent({ ca, ...tcp }) };
}

/** Failures of a connection that was never there; after anything else the question may have arrived. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ERR_INVALID_URL|ERR_TLS_.*|.*CERT.*|DEPTH_ZERO.*|UNABLE_TO_.*)$/;

function networkError(what: string, { method }: HolmesRequest, late: boolean, error: unknown): KubernautError {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const reason = /^[A-Z_]+$/.test(code) ? code : message.slice(0, 200);
  if (NEVER_SENT.test(code) || method === 'GET') {
    return new KubernautError('HOLMES_UNREACHABLE', `${what}: ${late ? 'no answer in time' : reason}`);
  }
  if (late) return new KubernautError('HOLMES_TIMEOUT', `${what}: no answer in time`);
  return new KubernautError('HOLMES_LOST', `${what}: the connection ended before the answer did (${reason})`);
}
