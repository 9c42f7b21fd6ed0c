import { Client, Connection } from '@temporalio/client';
import { loadSettings } from '../../config/load-settings';
import type { Settings } from '../../config/settings';
import { temporalTarget } from '../../config/temporal';
import { ClientError, ClientErrorKind } from '../errors';
import type { ActionLookup } from '../plan-summary';
import { Remediations } from '../remediations';
import { webUiLink } from '../web-ui';
import type { CliIo } from './cli-io';
import type { GlobalOptions } from './global-options';
import { withProgress } from './output/progress';

/** Where a command is to work: settings and options put together; nothing is connected yet. */
export interface Place {
  settings: Settings;
  settingsFile: string | undefined;
  target: ReturnType<typeof temporalTarget>;
}

export interface Session extends Place {
  client: Client;
  remediations: Remediations;
  /** Link into the Web UI; `undefined` when nobody said where it is. */
  link(workflowId: string): string | undefined;
}

/** Long enough for a TLS handshake over a slow line, short enough to wait for in front of a screen. */
const connectTimeoutMs = 4_000;

/** Options win over the environment, the environment over the settings, the settings over temporal.toml. */
export function findPlace(options: GlobalOptions, io: CliIo): Place {
  const { settings, file } = loadSettings(options.config, { env: io.env, cwd: io.cwd });
  const env: NodeJS.ProcessEnv = { ...io.env };
  if (options.address !== undefined) env['TEMPORAL_ADDRESS'] = options.address;
  if (options.namespace !== undefined) env['TEMPORAL_NAMESPACE'] = options.namespace;
  const temporal =
    options.profile === undefined ? settings.temporal : { ...settings.temporal, profile: options.profile };
  return { settings, settingsFile: file, target: temporalTarget(temporal, env) };
}

/** Connects, hands the session to `work`, and closes the connection whatever happens. */
export async function withSession<T>(
  options: GlobalOptions,
  io: CliIo,
  work: (session: Session) => Promise<T>,
  actions?: ActionLookup,
): Promise<T> {
  const place = findPlace(options, io);
  const connection = await withProgress(io, `Connecting to Temporal at ${place.target.address}`, () => connect(place));
  try {
    const client = new Client({
      connection,
      namespace: place.target.namespace,
      identity: `${io.userName}@kubernaut-cli`,
    });
    const webUi = webUiOf(place);
    return await work({
      ...place,
      client,
      remediations: new Remediations(client, { actions }),
      link: (id) => (webUi === undefined ? undefined : webUiLink(webUi, place.target.namespace, id)),
    });
  } finally {
    await connection.close();
  }
}

export async function connect({ target }: Place): Promise<Connection> {
  try {
    return await Connection.connect({ ...target.connectionOptions, connectTimeout: connectTimeoutMs });
  } catch (error) {
    throw new ClientError(ClientErrorKind.unreachable, `Temporal cannot be reached at ${target.address}.`, {
      remedy:
        'Check --address, TEMPORAL_ADDRESS, the settings or the profile in temporal.toml; `kubernaut dev` starts a server of its own.',
      cause: error,
    });
  }
}

/** The development server's UI has a fixed place next to its default port; any other must be named in the settings. */
function webUiOf({ settings, target }: Place): string | undefined {
  if (settings.temporal.webUi !== undefined) return settings.temporal.webUi;
  return /^(localhost|127\.0\.0\.1):7233$/.test(target.address) ? 'http://localhost:8233' : undefined;
}
