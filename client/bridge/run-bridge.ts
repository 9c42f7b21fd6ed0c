import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { connectCluster, type ConnectedCluster } from '../../activities/cluster/connect';
import type { ActionRegistry } from '../../activities/registry';
import { encryptedConverter } from '../../activities/encryption/data-converter';
import { environmentSecrets, type Secrets } from '../../activities/secrets';
import type { BridgeSettings } from '../../config/sections/bridge';
import type { SlackSettings } from '../../config/sections/slack';
import type { Settings } from '../../config/settings';
import type { TemporalTarget } from '../../config/temporal';
import { KubernautError } from '../../plan/errors';
import { KillSwitch } from '../kill-switch';
import { openTracing } from '../../activities/tracing/open-tracing';
import { clientTracing } from '../client-tracing';
import { Remediations } from '../remediations';
import { Authenticator } from './auth/authenticator';
import { bearerTokens, type TokenCheck } from './auth/bearer-tokens';
import { oidcTokens } from './auth/oidc';
import { SecretReader } from './auth/secret-reader';
import { reviewedTokens } from './auth/token-review';
import { checkAuth } from './check-auth';
import { createBridge } from './create-bridge';
import { Decisions } from './decisions';
import { Incidents } from './incidents';
import { BridgeMetrics } from './metrics';
import { temporalReadiness } from './readiness';
import { SlackResponder } from './slack/responder';

/** A sender of alerts waits about so long; sooner than it we must know. */
const CALL_TIMEOUT_MS = 5_000;

export interface RunBridgeOptions {
  target: TemporalTarget;
  actions: ActionRegistry;
  logger: Logger;
  /** Aborting it stops the bridge: nothing new is taken, what runs is ended. */
  signal: AbortSignal;
  env?: NodeJS.ProcessEnv;
  /** Called when it listens. */
  onStarted?: (url: string) => void;
  /** Time that one call of Temporal may take, in milliseconds. Default 5 s. */
  callTimeoutMs?: number;
}

/**
 * Serves until the signal aborts. Temporal need not be there: until it is, requests are answered with 503 and `/readyz`
 * says so.
 *
 * @throws {KubernautError} `SETTINGS_INVALID` when nobody could be told from anybody, or host and port cannot be bound
 */
export async function runBridge(settings: Settings, options: RunBridgeOptions): Promise<void> {
  const { bridge } = settings;
  const { logger, target, signal } = options;
  const secrets = environmentSecrets(options.env);
  await checkAuth(bridge, secrets);
  const closers: (() => Promise<void> | void)[] = [];
  try {
    const tracing =
      settings.tracing &&
      (await openTracing(settings.tracing, {
        ...{ service: 'kubernaut-bridge', secrets, warn: (message) => logger.warn(message) },
      }));
    if (tracing !== undefined) closers.push(() => tracing.close());
    const dataConverter = await encryptedConverter(settings.temporal.encryption, secrets);
    const connection = Connection.lazy(target.connectionOptions);
    closers.push(() => connection.close());
    const cluster = reviewingCluster(settings);
    if (cluster !== undefined) closers.push(() => cluster.close());
    const { namespace } = target;
    const client = new Client({
      connection,
      namespace,
      dataConverter,
      identity: `kubernaut-bridge@${hostname()}`,
      ...(tracing && { interceptors: { workflow: [clientTracing(tracing.tracer)] } }),
    });
    const callTimeoutMs = options.callTimeoutMs ?? CALL_TIMEOUT_MS;
    const stop = new AbortController();
    const reader = new SecretReader(secrets);
    const remediations = new Remediations(client, {
      actions: (name) => (options.actions.has(name) ? options.actions.meta(name) : undefined),
      callTimeoutMs,
    });
    const app = await createBridge({
      context: {
        remediations,
        decisions: new Decisions(remediations, reader, bridge.signing),
        ...(bridge.slack && { slack: responderOf(bridge.slack, logger) }),
        incidents: new Incidents(client, { callTimeoutMs }),
        killSwitch: new KillSwitch(client, { callTimeoutMs }),
        clusters: settings.clusters.map(({ name }) => name),
        actions: options.actions,
        rules: settings.actions.rules,
        defaultCluster: defaultCluster(settings),
        readiness: () => temporalReadiness(connection, namespace),
        metrics: new BridgeMetrics(),
        maxStreams: bridge.maxStreams,
        stopping: stop.signal,
      },
      authenticator: authenticatorOf(bridge, { reader, cluster, logger }),
      rateLimit: bridge.rateLimit,
      logger,
      ...(tracing && { tracer: tracing.tracer }),
      ...(bridge.tls && { https: await httpsOf(bridge.tls, secrets) }),
    });
    const url = await listen(app, bridge);
    closers.push(() => close(app, stop, bridge.shutdownGraceSeconds * 1000));
    logger.info({ url, temporal: target.address, namespace, auth: authNames(bridge) }, 'bridge started');
    options.onStarted?.(url);
    await aborted(signal);
    logger.info({ graceSeconds: bridge.shutdownGraceSeconds }, 'stopping: no new request is taken');
  } finally {
    for (const each of closers.reverse()) await Promise.resolve(each()).catch(() => undefined);
  }
  logger.info('bridge stopped');
}

/** Of alerts that name none. */
export function defaultCluster({ bridge, clusters }: Settings): string {
  return bridge.cluster ?? (clusters.length === 1 ? clusters[0]!.name : 'default');
}

function reviewingCluster({ bridge, clusters }: Settings): ConnectedCluster | undefined {
  if (typeof bridge.auth !== 'object' || bridge.auth.kubernetes === undefined) return undefined;
  const { cluster: name } = bridge.auth.kubernetes;
  const cluster = clusters.find((each) => each.name === name);
  if (cluster !== undefined) return connectCluster({ ...cluster, timeoutMs: CALL_TIMEOUT_MS });
  throw new KubernautError('SETTINGS_INVALID', `bridge.auth.kubernetes.cluster: there is no cluster ${name}`);
}

function authenticatorOf(
  { auth = 'none', slack }: BridgeSettings,
  { reader, cluster, logger }: { reader: SecretReader; cluster: ConnectedCluster | undefined; logger: Logger },
): Authenticator {
  const tokenChecks: TokenCheck[] = [];
  if (auth !== 'none') {
    const onUnreadable = (name: string): void => logger.error({ name }, 'the secret of a token cannot be read');
    tokenChecks.push(bearerTokens(auth.tokens, reader, onUnreadable));
    if (auth.oidc !== undefined) tokenChecks.push(oidcTokens(auth.oidc));
    if (auth.kubernetes !== undefined && cluster !== undefined) {
      tokenChecks.push(reviewedTokens(cluster, auth.kubernetes));
    }
  }
  return new Authenticator({ auth, tokenChecks, secrets: reader, ...(slack && { slack }) });
}

function responderOf(settings: SlackSettings, logger: Logger): SlackResponder {
  return new SlackResponder(settings, (reason) => logger.warn({ reason }, 'a message in Slack was not updated'));
}

async function httpsOf(tls: NonNullable<BridgeSettings['tls']>, secrets: Secrets) {
  const read = async (file: string): Promise<string> => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? 'error';
      throw new KubernautError('SETTINGS_INVALID', `bridge.tls: ${file} cannot be read (${why})`, { cause: error });
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

async function listen(app: FastifyInstance, { host, port, tls }: BridgeSettings): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new KubernautError('SETTINGS_INVALID', `the bridge cannot listen on ${host}:${port} (${why})`, {
      remedy: 'Set bridge.host and bridge.port, or --host and --port, to an address that is free.',
      cause: error,
    });
  }
  const { address, port: bound, family } = app.server.address() as AddressInfo;
  return `${tls === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}

/** Streams end at once, their clients connect again elsewhere; other requests get the time they were promised. */
async function close(app: FastifyInstance, stop: AbortController, graceMs: number): Promise<void> {
  stop.abort();
  const timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await app.close().finally(() => clearTimeout(timer));
}

function authNames({ auth }: BridgeSettings): string[] {
  if (typeof auth !== 'object') return ['none'];
  const named = [...auth.tokens, ...auth.signatures, ...auth.certificates].map(({ name }) => name);
  return [...named, ...(auth.oidc ? ['oidc'] : []), ...(auth.kubernetes ? ['kubernetes'] : [])];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
