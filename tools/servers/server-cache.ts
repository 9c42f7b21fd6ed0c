import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../package-root';
import type { Platform, ServerSpec } from './server-spec';

/** `$KUBERNAUT_CACHE`, else `$XDG_CACHE_HOME/kubernaut`, else `~/.cache/kubernaut`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return (
    nonEmpty(env['KUBERNAUT_CACHE']) ??
    join(nonEmpty(env['XDG_CACHE_HOME']) ?? join(nonEmpty(env['HOME']) ?? homedir(), '.cache'), 'kubernaut')
  );
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** Where one server lies in the cache. */
export interface CacheEntry {
  /** The executable. It is put there by one atomic rename after it has proved its version, so if it exists it is whole. */
  file: string;
  folder: string;
  /** Log of the last build. */
  logFile: string;
}

/** The folder of committed module files that a build uses. */
export function moduleFolder(module: string): string {
  return join(packageRoot(), 'tools', 'servers', 'modules', module);
}

/**
 * The key holds everything that decides what the executable is: name, version, platform, and a hash of its manifest entry
 * and of its module files. A changed go.sum is another entry, so an old binary is never taken for a new one. By what a
 * download is checked is left out: it says whether the executable is the right one, not which one that is.
 */
export async function cacheEntry(spec: ServerSpec, root: string, platform: Platform): Promise<CacheEntry> {
  const { url, member } = spec.release;
  const hash = createHash('sha256').update(JSON.stringify({ ...spec, release: { url, member } }));
  if (spec.build.module !== undefined) {
    for (const name of ['go.mod', 'go.sum']) {
      hash.update(await readFile(join(moduleFolder(spec.build.module), name)));
    }
  }
  const key = `${spec.name}-${spec.version}-${platform.os}-${platform.arch}-${hash.digest('hex').slice(0, 8)}`;
  const folder = join(root, 'servers', key);
  await mkdir(folder, { recursive: true });
  return { folder, file: join(folder, spec.name), logFile: join(folder, 'build.log') };
}
