import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder of Kubernaut's own package.json: the place of files that are not compiled (Go module files, KWOK stages,
 * `temporal-dev.yaml`). The same from the sources and from `lib/`.
 */
export function packageRoot(from: string = __dirname): string {
  // The build copies package.json into lib/, so that alone does not tell.
  if (existsSync(join(from, 'package.json')) && existsSync(join(from, 'temporal-dev.yaml'))) {
    return from;
  }
  const parent = dirname(from);
  if (parent === from) {
    throw new Error(
      `No package.json above ${__dirname}: the installation of kubernaut is incomplete. Install it again.`,
    );
  }
  return packageRoot(parent);
}
