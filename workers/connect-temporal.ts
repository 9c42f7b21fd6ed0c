import { NativeConnection } from '@temporalio/worker';
import type { TemporalTarget } from '../config/temporal';
import { KubernautError } from '../plan/errors';

/** How long the first contact may take. A server that is still starting answers sooner; a wrong address never does. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects, and makes sure that the namespace exists: a worker for a missing one would only fail later, and less clearly.
 *
 * @throws {KubernautError} `UNAVAILABLE` when the server cannot be reached · `SETTINGS_INVALID` when the namespace does not exist
 * · `UNAUTHORIZED`/`FORBIDDEN` when it does not let us in
 */
export async function connectTemporal(
  target: TemporalTarget,
  timeoutMs = CONNECT_TIMEOUT_MS,
): Promise<NativeConnection> {
  const connection = await open(target, timeoutMs);
  try {
    await connection.withDeadline(Date.now() + timeoutMs, () =>
      connection.workflowService.describeNamespace({ namespace: target.namespace }),
    );
    return connection;
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw translate(error, target);
  }
}

/** The core's client retries for a while by itself; nobody should have to wait for it without a word. */
async function open(target: TemporalTarget, timeoutMs: number): Promise<NativeConnection> {
  const connecting = NativeConnection.connect(
    target.connectionOptions as Parameters<typeof NativeConnection.connect>[0],
  );
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unreachable(target, `no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([connecting, tooLate]);
  } catch (error) {
    connecting.then((connection) => connection.close()).catch(() => undefined);
    throw error instanceof KubernautError ? error : translate(error, target);
  } finally {
    clearTimeout(timer);
  }
}

const GRPC = { notFound: 5, permissionDenied: 7, unauthenticated: 16 } as const;

function translate(error: unknown, target: TemporalTarget): KubernautError {
  const { code } = error as { code?: number };
  const message = error instanceof Error ? error.message : String(error);
  const where = `Temporal at ${target.address}`;
  if (code === GRPC.notFound) {
    return new KubernautError('SETTINGS_INVALID', `${where} has no namespace ${target.namespace}`, {
      remedy: `Create it (kubernaut setup --namespace ${target.namespace}), or name another in temporal.namespace or TEMPORAL_NAMESPACE.`,
    });
  }
  if (code === GRPC.unauthenticated || code === GRPC.permissionDenied) {
    const kind = code === GRPC.unauthenticated ? 'UNAUTHORIZED' : 'FORBIDDEN';
    return new KubernautError(kind, `${where} does not let us into namespace ${target.namespace}: ${message}`, {
      remedy: 'Check the API key or client certificate in temporal.toml or TEMPORAL_API_KEY / TEMPORAL_TLS_*.',
    });
  }
  return unreachable(target, message);
}

function unreachable(target: TemporalTarget, why: string): KubernautError {
  return new KubernautError('UNAVAILABLE', `Temporal at ${target.address} cannot be reached: ${why}`, {
    remedy:
      'Is the server running? The address comes from TEMPORAL_ADDRESS, temporal.address in kubernaut.yaml, or temporal.toml. ' +
      'For a server of your own to try: `kubernaut dev`.',
  });
}
