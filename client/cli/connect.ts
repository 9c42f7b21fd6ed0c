import { connect as connectSocket } from 'node:net';
import { Connection } from '@temporalio/client';
import type { TemporalTarget } from '../../config/temporal';
import { ClientError, ClientErrorKind } from '../errors';

/** Long enough for a TLS handshake over a slow line, short enough to wait for in front of a screen. */
const connectTimeoutMs = 4_000;

/**
 * Connects to Temporal. gRPC itself keeps trying until the timeout when nobody listens; a look at the socket next to it makes
 * the common mistakes (no server, wrong host) known at once, and by name.
 *
 * @throws {ClientError} `unreachable`
 */
export async function connect(target: TemporalTarget): Promise<Connection> {
  const connection = Connection.lazy({ ...target.connectionOptions, connectTimeout: connectTimeoutMs });
  const look = lookAt(target.address);
  try {
    await Promise.race([connection.ensureConnected(), look.refusal]);
    return connection;
  } catch (error) {
    await connection.close();
    const { code } = error as NodeJS.ErrnoException;
    const why = refusals[code ?? ''] ?? `no answer within ${connectTimeoutMs / 1000} s`;
    throw new ClientError(ClientErrorKind.unreachable, `Temporal cannot be reached at ${target.address}: ${why}.`, {
      remedy:
        'Check --address, TEMPORAL_ADDRESS, the settings or the profile in temporal.toml; `kubernaut dev` starts a server of its own.',
      cause: error,
    });
  } finally {
    look.end();
  }
}

const refusals: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EHOSTUNREACH: 'no way leads to that host',
  ENETUNREACH: 'no way leads to that network',
};

/** `refusal` rejects when the address is certainly wrong, and never settles otherwise: behind a proxy it may still be right. */
function lookAt(address: string): { refusal: Promise<never>; end(): void } {
  const [, host, port] = /^\[?([^/\]]+?)\]?:(\d+)$/.exec(address) ?? [];
  const behindProxy = ['grpc_proxy', 'https_proxy', 'http_proxy'].some((name) => (process.env[name] ?? '') !== '');
  if (host === undefined || behindProxy) return { refusal: new Promise(() => undefined), end: () => undefined };
  const socket = connectSocket({ host, port: Number(port) });
  const refusal = new Promise<never>((_, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== undefined && error.code in refusals) reject(error);
    });
    socket.once('connect', () => socket.destroy());
  });
  refusal.catch(() => undefined);
  return { refusal, end: () => void socket.destroy() };
}
