import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { KubernautError } from '../plan/errors';
import type { TemporalSettings } from './settings';

export interface TemporalTarget {
  address: string;
  namespace: string;
  /** For `Connection.connect` of the client and `NativeConnection.connect` of the worker alike; may hold credentials. */
  connectionOptions: Pick<ConnectionOptions, 'address' | 'tls' | 'metadata'> & { apiKey?: string };
}

export const DEFAULT_ADDRESS = 'localhost:7233';
export const DEFAULT_NAMESPACE = 'default';

/**
 * Where Temporal is and how to get in. `TEMPORAL_*` in the environment wins over the settings, and they win over the profile
 * of temporal.toml (the file and variables of Temporal's own CLI; read by `@temporalio/envconfig`). TLS, API key and gRPC
 * metadata come only from environment and profile.
 *
 * @throws {KubernautError} `SETTINGS_INVALID` for a profile that does not exist, a broken temporal.toml, a missing key file
 */
export function temporalTarget(settings: TemporalSettings, env: NodeJS.ProcessEnv = process.env): TemporalTarget {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
  try {
    const profile = loadClientConfigProfile({
      profile: settings.profile,
      ...(settings.configFile && { configSource: { path: settings.configFile } }),
      overrideEnvVars,
    });
    const address = overrideEnvVars['TEMPORAL_ADDRESS'] ?? settings.address ?? profile.address ?? DEFAULT_ADDRESS;
    const namespace =
      overrideEnvVars['TEMPORAL_NAMESPACE'] ?? settings.namespace ?? profile.namespace ?? DEFAULT_NAMESPACE;
    const { tls, apiKey, metadata } = toClientOptions(profile).connectionOptions as TemporalTarget['connectionOptions'];
    return {
      address,
      namespace,
      connectionOptions: {
        address,
        ...(tls !== undefined && { tls }),
        ...(apiKey !== undefined && { apiKey }),
        ...(metadata !== undefined && { metadata }),
      },
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new KubernautError('SETTINGS_INVALID', `Temporal’s configuration cannot be used: ${message}`, {
      remedy:
        'Check temporal.profile and temporal.configFile of the settings, temporal.toml, and TEMPORAL_* in the environment.',
      cause: error,
    });
  }
}
