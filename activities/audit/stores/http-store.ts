import axios, { type AxiosResponse } from 'axios';
import type { AuditSinkSettings } from '../../../config/sections/audit';
import { KubernautError } from '../../../plan/errors';
import { USER_AGENT } from '../../cluster/version';
import type { Secrets } from '../../secrets';
import type { SegmentStore } from './segment-store';

export interface StoreRequest {
  method: 'PUT' | 'GET';
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** For each attempt; a segment is a few megabytes at most. */
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Segments as resources below a URL: `PUT` with `If-None-Match: *` makes one and never replaces one (412 or 409: it exists),
 * `GET` reads it. WebDAV servers, object stores and artifact repositories do so. The URL is one of the settings, so it may be
 * inside; redirects are not followed, since they would take the credentials elsewhere.
 */
export class HttpStore implements SegmentStore {
  readonly place: string;

  constructor(
    private readonly sink: Pick<Extract<AuditSinkSettings, { type: 'http' }>, 'url' | 'authorization'>,
    private readonly secrets: Secrets,
  ) {
    this.place = `${sink.url.replace(/\/+$/, '')}/`;
  }

  async put(name: string, body: string): Promise<'kept' | 'exists'> {
    return putOnce(await this.request('PUT', name, body));
  }

  async get(name: string): Promise<string | undefined> {
    return getIfThere(await this.request('GET', name));
  }

  private async request(method: 'PUT' | 'GET', name: string, body?: string): Promise<StoreRequest> {
    const { authorization } = this.sink;
    const credentials = authorization && { Authorization: await this.secrets.read(authorization) };
    return { method, url: `${this.place}${name}`, headers: { ...credentials }, ...(body !== undefined && { body }) };
  }
}

export async function putOnce(request: StoreRequest): Promise<'kept' | 'exists'> {
  const headers = { ...request.headers, 'If-None-Match': '*', 'Content-Type': 'application/x-ndjson' };
  const { status } = await send({ ...request, headers });
  if (status === 412 || status === 409) return 'exists';
  if (status >= 200 && status < 300) return 'kept';
  throw refusedBy(request, status);
}

export async function getIfThere(request: StoreRequest): Promise<string | undefined> {
  const { status, data } = await send(request);
  if (status === 404 || status === 410) return undefined;
  if (status === 200) return data;
  throw refusedBy(request, status);
}

async function send({ method, url, headers, body }: StoreRequest): Promise<AxiosResponse<string>> {
  try {
    return await axios.request<string>({
      ...{ method, url, data: body, headers: { 'User-Agent': USER_AGENT, ...headers }, timeout: TIMEOUT_MS },
      ...{ maxRedirects: 0, responseType: 'text', validateStatus: () => true },
      ...{ transformRequest: [(data: unknown) => data], transformResponse: [(data: unknown) => data] },
      ...{ maxContentLength: MAX_BYTES, maxBodyLength: MAX_BYTES, signal: AbortSignal.timeout(TIMEOUT_MS) },
    });
  } catch (error) {
    throw new KubernautError('UNAVAILABLE', `${method} ${bare(url)}: no answer (${(error as { code?: string }).code})`);
  }
}

function refusedBy({ method, url }: StoreRequest, status: number): KubernautError {
  const code = status === 401 ? 'UNAUTHORIZED' : status === 403 ? 'FORBIDDEN' : 'UNAVAILABLE';
  return new KubernautError(code, `${method} ${bare(url)}: HTTP ${status}`);
}

/** A query might hold a token. */
function bare(url: string): string {
  return url.split('?')[0]!;
}
