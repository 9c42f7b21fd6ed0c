import { hostname } from 'node:os';
import { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ActionRegistry } from '../../activities/registry';
import { encryptedConverter } from '../../activities/encryption/data-converter';
import { environmentSecrets } from '../../activities/secrets';
import type { SlackSettings } from '../../config/sections/slack';
import type { Settings } from '../../config/settings';
import type { TemporalTarget } from '../../config/temporal';
import { KillSwitch } from '../kill-switch';
import { openTracing } from '../../activities/tracing/open-tracing';
import { clientTracing } from '../client-tracing';
import { Remediations } from '../remediations';
import { authNames, openAuthenticator, reviewingCluster } from './auth/open-authenticator';
import { SecretReader } from './auth/secret-reader';
import { checkAuth } from './check-auth';
import { createBridge } from './create-bridge';
import { Decisions } from './decisions';
import { Incidents } from './incidents';
import { BridgeMetrics } from './metrics';
import { temporalReadiness } from './readiness';
import { aborted, closeHttp, httpsOf, listen } from './serve-http';
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
      authenticator: openAuthenticator(bridge, { reader, cluster, logger }),
      rateLimit: bridge.rateLimit,
      logger,
      ...(tracing && { tracer: tracing.tracer }),
      ...(bridge.tls && { https: await httpsOf({ path: 'bridge', tls: bridge.tls }, secrets) }),
    });
    const url = await listen(app, { ...bridge, path: 'bridge' });
    closers.push(() => closeHttp(app, stop, bridge.shutdownGraceSeconds * 1000));
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

function responderOf(settings: SlackSettings, logger: Logger): SlackResponder {
  return new SlackResponder(settings, (reason) => logger.warn({ reason }, 'a message in Slack was not updated'));
}
