import type { Logger } from 'pino';
import { payloadKeys } from '../../activities/encryption/data-converter';
import { EncryptionCodec } from '../../activities/encryption/payload-codec';
import { environmentSecrets } from '../../activities/secrets';
import type { Settings } from '../../config/settings';
import { KubernautError } from '../../plan/errors';
import { authNames, openAuthenticator, reviewingCluster } from '../bridge/auth/open-authenticator';
import { SecretReader } from '../bridge/auth/secret-reader';
import { checkAuth } from '../bridge/check-auth';
import { BridgeMetrics } from '../bridge/metrics';
import { aborted, closeHttp, httpsOf, listen } from '../bridge/serve-http';
import { createCodecServer } from './create-codec-server';

export interface RunCodecServerOptions {
  logger: Logger;
  /** Aborting it stops the server: nothing new is taken, what runs is ended. */
  signal: AbortSignal;
  env?: NodeJS.ProcessEnv;
  /** Called when it listens. */
  onStarted?: (url: string) => void;
}

const path = 'temporal.encryption.codecServer';

/**
 * Serves until the signal aborts. Who may do what is `bridge.auth`; Temporal is never asked.
 *
 * @throws {KubernautError} `SETTINGS_INVALID` when there are no keys, when nobody could be told from anybody, or host and port cannot
 * be bound · `PRECONDITION_FAILED` naming every key that cannot be read
 */
export async function runCodecServer(settings: Settings, options: RunCodecServerOptions): Promise<void> {
  const { bridge, temporal } = settings;
  const { logger, signal } = options;
  const { encryption } = temporal;
  if (encryption === undefined) {
    throw new KubernautError('SETTINGS_INVALID', 'temporal.encryption has no keys: there is nothing to decode', {
      remedy: 'Start it with the settings of the workers; see docs/temporal.md.',
    });
  }
  const { host, port, tls, origins } = encryption.codecServer;
  const secrets = environmentSecrets(options.env);
  await checkAuth({ ...bridge, host }, secrets);
  const keys = await payloadKeys(encryption, secrets);
  const closers: (() => Promise<void> | void)[] = [];
  try {
    const cluster = reviewingCluster(settings);
    if (cluster !== undefined) closers.push(() => cluster.close());
    const stop = new AbortController();
    const app = await createCodecServer({
      ...{ codec: new EncryptionCodec(keys), origins, logger, rateLimit: bridge.rateLimit, stopping: stop.signal },
      metrics: new BridgeMetrics(),
      authenticator: openAuthenticator(bridge, { reader: new SecretReader(secrets), cluster, logger, pages: origins }),
      ...(tls && { https: await httpsOf({ path, tls }, secrets) }),
    });
    const url = await listen(app, { path, host, port, tls });
    closers.push(() => closeHttp(app, stop, bridge.shutdownGraceSeconds * 1000));
    logger.info({ url, origins, keys: keys.map(({ id }) => id), auth: authNames(bridge) }, 'codec server started');
    options.onStarted?.(url);
    await aborted(signal);
  } finally {
    for (const each of closers.reverse()) await Promise.resolve(each()).catch(() => undefined);
  }
  logger.info('codec server stopped');
}
