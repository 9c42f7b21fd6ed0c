import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Secrets } from '../../activities/secrets';
import type { BridgeSettings } from '../../config/sections/bridge';
import { KubernautError } from '../../plan/errors';
import type { HttpAppOptions } from './http-app';

/** What of the settings is served: named in errors as there. */
export interface Listener extends Pick<BridgeSettings, 'host' | 'port' | 'tls'> {
  /** `bridge` */
  path: string;
}

/** @throws {KubernautError} `SETTINGS_INVALID` for a file that cannot be read */
export async function httpsOf(
  { path, tls }: { path: string; tls: NonNullable<BridgeSettings['tls']> },
  secrets: Secrets,
): Promise<NonNullable<HttpAppOptions['https']>> {
  const read = async (file: string): Promise<string> => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? 'error';
      throw new KubernautError('SETTINGS_INVALID', `${path}.tls: ${file} cannot be read (${why})`, { cause: error });
    }
  };
  return {
    cert: await read(tls.certFile),
    key: await secrets.read(tls.key),
    // A caller without a certificate may still bring a token; the authenticator asks whether ours signed it.
    ...(tls.clientCaFile !== undefined && {
      ca: await read(tls.clientCaFile),
      requestCert: true,
      rejectUnauthorized: false,
    }),
  };
}

/**
 * Listens, and says under which URL.
 *
 * @throws {KubernautError} `SETTINGS_INVALID` when host and port cannot be bound
 */
export async function listen(app: FastifyInstance, { path, host, port, tls }: Listener): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new KubernautError('SETTINGS_INVALID', `it cannot listen on ${host}:${port} (${why})`, {
      remedy: `Set ${path}.host and ${path}.port, or --host and --port, to an address that is free.`,
      cause: error,
    });
  }
  const { address, port: bound, family } = app.server.address() as AddressInfo;
  return `${tls === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}

/** Streams end at once, their clients connect again elsewhere; other requests get the time they were promised. */
export async function closeHttp(app: FastifyInstance, stop: AbortController, graceMs: number): Promise<void> {
  stop.abort();
  const timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await app.close().finally(() => clearTimeout(timer));
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
