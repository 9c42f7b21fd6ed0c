import { mkdir, open, rename, symlink, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { lastLines } from '../processes/last-lines';
import { startWatchdog } from '../processes/watchdog';
import { SetupError } from '../setup-error';
import { isExecutable } from './find-on-path';
import { readVersion } from './read-version';
import { type CacheEntry, moduleFolder } from './server-cache';
import type { ServerSpec } from './server-spec';

const NETWORK_TROUBLE =
  /dial tcp|no such host|connection refused|i\/o timeout|TLS handshake|proxyconnect|network is unreachable|server misbehaving|module lookup disabled/i;

/** The `go` of PATH, or undefined. */
export async function findGo(path: string | undefined): Promise<string | undefined> {
  for (const folder of (path ?? '').split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, 'go')))) {
      return join(folder, 'go');
    }
  }
  return undefined;
}

/**
 * Builds one server into its cache entry. The result is moved into place only when it runs and names the pinned version;
 * the log stays beside it. A killed parent leaves no compiler behind.
 *
 * Throws SetupError when the build fails or builds something else.
 */
export async function buildFromModule(
  spec: ServerSpec,
  entry: CacheEntry,
  go: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const work = join(entry.folder, `build-${process.pid}`);
  await mkdir(work, { recursive: true });
  const watchdog = startWatchdog({ folder: work, graceMs: 500 });
  try {
    // Started by a path below the work folder, which is how the watchdog knows it.
    const linkedGo = join(work, 'bin', 'go');
    await mkdir(join(work, 'bin'));
    await symlink(go, linkedGo);
    await runGo(spec, entry, linkedGo, work, env);
    const built = join(work, spec.name);
    const version = await readVersion(spec, built);
    if (version !== spec.version) {
      throw new SetupError(
        `${spec.name} ${spec.version} was built, but the binary calls itself ${version ?? 'nothing readable'}`,
        {
          logFile: entry.logFile,
          remedy: `The entry of ${spec.name} in tools/servers/manifest.ts is wrong: versionArgs, versionPattern or build.variables.`,
        },
      );
    }
    await rename(built, entry.file);
  } finally {
    await watchdog.stop();
  }
}

/** The command line of a build; what it writes is `<work>/<name>`. */
export function goArguments(spec: ServerSpec, work: string): string[] {
  const variables = Object.entries(spec.build.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const linker = variables.length === 0 ? [] : ['-ldflags', variables.join(' ')];
  return spec.build.module === undefined
    ? ['install', ...linker, `${spec.build.package}@v${spec.version}`]
    : ['build', '-mod=readonly', ...linker, '-o', join(work, spec.name), spec.build.package];
}

async function runGo(
  spec: ServerSpec,
  entry: CacheEntry,
  go: string,
  work: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const args = goArguments(spec, work);
  await writeFile(entry.logFile, `go ${args.join(' ')}\n`);
  const log = await open(entry.logFile, 'a');
  try {
    const child = spawn(go, args, {
      cwd: spec.build.module === undefined ? work : moduleFolder(spec.build.module),
      stdio: ['ignore', log.fd, log.fd],
      // No foreign flag, workspace or target platform may change what is built.
      env: { ...env, GOBIN: work, GOFLAGS: '-buildvcs=false', GOWORK: 'off', GOOS: undefined, GOARCH: undefined },
    });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) {
      return;
    }
  } finally {
    await log.close();
  }
  const end = await lastLines(entry.logFile);
  throw new SetupError(`${spec.name} ${spec.version} could not be built from its Go module`, {
    lastLines: end,
    logFile: entry.logFile,
    remedy: NETWORK_TROUBLE.test(end)
      ? 'Go cannot reach its module proxy. Check the network, and GOPROXY and HTTPS_PROXY if you use them; then run this again.'
      : `See the log. Or install ${spec.name} ${spec.version} by hand as ${entry.file}`,
  });
}
