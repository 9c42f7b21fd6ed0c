import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { readVersion } from './read-version';
import { acceptedVersions, type ServerSpec } from './server-spec';

export interface PathSearch {
  /** The first executable of exactly the pinned version. */
  file?: string;
  /** Others that were found and are not used: `/usr/bin/kubectl (1.32.0)`. */
  rejected: string[];
}

/** Looks through PATH. A near version is not good enough: tests and documentation are written against one. */
export async function findOnPath(spec: ServerSpec, path: string | undefined): Promise<PathSearch> {
  const rejected: string[] = [];
  const seen = new Set<string>();
  for (const folder of (path ?? '').split(delimiter)) {
    const file = join(folder, spec.name);
    if (folder === '' || !(await isExecutable(file))) {
      continue;
    }
    // /bin is often a link to /usr/bin.
    const real = await realpath(file);
    if (seen.has(real)) {
      continue;
    }
    seen.add(real);
    const version = await readVersion(spec, file);
    if (version !== undefined && acceptedVersions(spec).includes(version)) {
      return { file, rejected };
    }
    rejected.push(`${file} (${version ?? 'version unknown'})`);
  }
  return { rejected };
}

export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
