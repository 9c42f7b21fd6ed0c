import axios, { type AxiosInstance } from 'axios';
import type { DestinationStream } from 'pino';
import type { ActionRegistry } from '../../../activities/registry';
import { createLogger } from '../../../activities/json-logger';
import { runBridge } from '../../../client/bridge/run-bridge';
import { type BridgeRole, bridgeRoles } from '../../../config/sections/bridge';
import { parseSettings } from '../../../config/parse-settings';

export interface RunningBridge {
  url: string;
  /** Calls it with the token of a role (or of another name of the settings); never throws for a status. */
  as(name: string): AxiosInstance;
  /** Lines of the log. */
  log: string[];
  /** As SIGTERM does; resolves when the bridge has ended. */
  stop(): Promise<void>;
}

export interface BridgeOptions {
  address: string;
  namespace: string;
  actions: ActionRegistry;
  /** `bridge` of kubernaut.yaml; on top of one token for every role, named after it. */
  bridge?: { auth?: object; tls?: object; rateLimit?: object; signing?: object; slack?: object };
  /** Further names with tokens, and what they may do. */
  people?: Readonly<Record<string, readonly BridgeRole[]>>;
  clusters?: object[];
  /** `tracing` of kubernaut.yaml. */
  tracing?: object;
  /** Besides the tokens. */
  env?: NodeJS.ProcessEnv;
  callTimeoutMs?: number;
}

export const tokenOf = (name: string): string => `token-of-${name}-0123456789`;

/** The bridge as `kubernaut bridge` runs it, in this process: its own connection to Temporal, its own port. */
export async function startBridge(options: BridgeOptions): Promise<RunningBridge> {
  const { address, namespace, actions, callTimeoutMs } = options;
  const ofRoles = Object.fromEntries(bridgeRoles.map((role) => [role, [role]]));
  const people = Object.entries({ ...ofRoles, ...options.people });
  const tokens = people.map(([name, roles]) => ({ name, roles, token: { env: `TOKEN_${name}` } }));
  const tokenEnv = Object.fromEntries(people.map(([name]) => [`TOKEN_${name}`, tokenOf(name)]));
  const env = { ...tokenEnv, ...options.env };
  const settings = parseSettings(
    {
      clusters: options.clusters ?? [],
      ...(options.tracing && { tracing: options.tracing }),
      bridge: { port: 0, ...options.bridge, auth: { tokens, ...options.bridge?.auth } },
    },
    'the settings of a test',
  );
  const stop = new AbortController();
  const log: string[] = [];
  const destination: DestinationStream = { write: (line) => void log.push(line) };
  let ended: Promise<void> = Promise.resolve();
  const url = await new Promise<string>((resolve, reject) => {
    ended = runBridge(settings, {
      target: { address, namespace, connectionOptions: { address } },
      ...{ actions, env, signal: stop.signal, onStarted: resolve },
      logger: createLogger('info', destination),
      ...(callTimeoutMs !== undefined && { callTimeoutMs }),
    });
    ended.catch(reject);
  });
  return {
    url,
    log,
    as: (name) =>
      axios.create({
        ...{ baseURL: `${url}/api/v1`, proxy: false, validateStatus: () => true },
        headers: { authorization: `Bearer ${tokenOf(name)}` },
      }),
    async stop() {
      stop.abort();
      await ended;
    },
  };
}
