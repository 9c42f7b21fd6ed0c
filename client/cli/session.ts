import type { Client } from '@temporalio/client';
import { loadSettings } from '../../config/load-settings';
import type { Settings } from '../../config/settings';
import { temporalTarget } from '../../config/temporal';
import type { ActionLookup } from '../plan-summary';
import type { Remediations } from '../remediations';
import type { CliIo } from './cli-io';
import type { GlobalOptions } from './global-options';
import { withProgress } from './output/progress';
import type * as OpenSession from './open-session';

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

/**
 * Connects, hands the session to `work`, and closes the connection whatever happens. The Temporal client is loaded only here:
 * it takes a third of a second, which `--help` and `plan validate` need not wait for.
 */
export async function withSession<T>(
  options: GlobalOptions,
  io: CliIo,
  work: (session: Session) => Promise<T>,
  actions?: ActionLookup,
): Promise<T> {
  const place = findPlace(options, io);
  const { openSession } = require('./open-session') as typeof OpenSession;
  const { session, close } = await withProgress(io, `Connecting to Temporal at ${place.target.address}`, () =>
    openSession(place, io, actions),
  );
  try {
    return await work(session);
  } finally {
    await close();
  }
}
