import { SetupError } from '../setup-error';
import { type EnsureOptions, ensureServer } from './ensure-server';
import { manifest } from './manifest';
import type { ServerSpec } from './server-spec';

/**
 * The executables of several servers by name, one after the other: the Go toolchain uses every core by itself, so two
 * builds at a time are no faster.
 *
 * Throws SetupError for a name that the manifest does not have.
 */
export async function ensureServers<Name extends string>(
  names: readonly Name[],
  options: EnsureOptions & { manifest?: readonly ServerSpec[] } = {},
): Promise<Record<Name, string>> {
  const specs = options.manifest ?? manifest;
  const files = {} as Record<Name, string>;
  for (const name of names) {
    const spec = specs.find((candidate) => candidate.name === name);
    if (spec === undefined) {
      throw new SetupError(`There is no server called ${name}`, {
        remedy: `Choose from: ${specs.map((candidate) => candidate.name).join(', ')}.`,
      });
    }
    files[name] = await ensureServer(spec, options);
  }
  return files;
}
