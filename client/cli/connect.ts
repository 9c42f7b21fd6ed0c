import { connect as connectSocket } from 'node:net';
import { Connection } from '@temporalio/client';
import type { TemporalTarget } from '../../config/temporal';
import { ClientError, ClientErrorKind } from '../errors';

/** Long enough for a TLS handshake over a slow line, short enough to wait for in front of a screen. */
const connectTimeoutMs = 3_500;
/** A host that does not answer by then may still be a slow one: gRPC gets its try. */
const lookTimeoutMs = 1_000;

/**
 * Connects to Temporal. gRPC itself keeps trying until the timeout when nobody listens; a look at the socket before makes the
 * common mistakes (no server, wrong host) known at once, and by name.
 *
 * @throws {ClientError} `unreachable`, within five seconds
 */
export async function connect(target: TemporalTarget): Promise<Connection> {
  try {
    await lookAt(target.address);
    return await Connection.connect({ ...target.connectionOptions, connectTimeout: connectTimeoutMs });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = refusals[code ?? ''] ?? `no answer within ${connectTimeoutMs / 1000} s`;
    throw new ClientError(ClientErrorKind.unreachable, `Temporal cannot be reached at ${target.address}: ${why}.`, {
      remedy:
        'Check --address, TEMPORAL_ADDRESS, the settings or the profile in temporal.toml; `kubernaut dev` starts a server of its own.',
      cause: error,
    });
  }
}

const refusals: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EHOSTUNREACH: 'no way leads to that host',
  ENETUNREACH: 'no way leads to that network',
};

/** Rejects when the address is certainly wrong; in doubt, and behind a proxy, it resolves. */
async function lookAt(address: string): Promise<void> {
  const [, host, port] = /^\[?([^/\]]+?)\]?:(\d+)$/.exec(address) ?? [];
  const behindProxy = ['grpc_proxy', 'https_proxy', 'http_proxy'].some((name) => (process.env[name] ?? '') !== '');
  if (host === undefined || behindProxy) return;
  const socket = connectSocket({ host, port: Number(port) });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.setTimeout(lookTimeoutMs, resolve);
      socket.once('connect', () => resolve());
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== undefined && error.code in refusals) reject(error);
        else resolve();
      });
    });
  } finally {
    socket.destroy();
  }
}
