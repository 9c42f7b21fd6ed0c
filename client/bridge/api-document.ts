import { ActionRegistry } from '../../activities/registry';
import { bridgeSchema } from '../../config/sections/bridge';
import { Authenticator } from './auth/authenticator';
import { SecretReader } from './auth/secret-reader';
import { createBridge } from './create-bridge';
import { createLogger } from '../../activities/json-logger';
import { BridgeMetrics } from './metrics';

/** The OpenAPI 3.1 document that a bridge serves, made without one: nothing is connected, nothing listens. */
export async function apiDocument(): Promise<object> {
  const nobody = new Proxy({}, { get: () => () => Promise.reject(new Error('only the document is asked for')) });
  const app = await createBridge({
    context: {
      remediations: nobody as never,
      incidents: nobody as never,
      decisions: nobody as never,
      killSwitch: nobody as never,
      clusters: [],
      actions: new ActionRegistry(),
      defaultCluster: 'default',
      readiness: async () => ({ ready: false, components: [] }),
      metrics: new BridgeMetrics(),
      maxStreams: 1,
      stopping: new AbortController().signal,
    },
    authenticator: new Authenticator({
      auth: 'none',
      tokenChecks: [],
      secrets: new SecretReader({ read: async () => '' }),
    }),
    rateLimit: bridgeSchema.parse({}).rateLimit,
    logger: createLogger('error'),
  });
  try {
    return app.swagger();
  } finally {
    await app.close();
  }
}
