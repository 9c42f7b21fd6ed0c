import { type Progress, seconds, silent } from '../progress';
import { SetupError } from '../setup-error';
import { buildFromModule, findGo } from './build-from-module';
import { downloadRelease, pinnedChecksum } from './download-release';
import { findOnPath, isExecutable } from './find-on-path';
import { cacheEntry, cacheFolder, type CacheEntry } from './server-cache';
import { currentPlatform, type Platform, releaseUrl, type ServerSpec } from './server-spec';
import { withLock } from './with-lock';

export interface EnsureOptions {
  /** Default: this process's. PATH, HOME, KUBERNAUT_CACHE, XDG_CACHE_HOME and Go's variables are read from it. */
  env?: NodeJS.ProcessEnv;
  platform?: Platform;
  progress?: Progress;
  /** How often a long build says that it lives. Default 2 s. */
  liveEveryMs?: number;
}

/**
 * The path of a server's executable: from PATH if it is exactly the pinned version, else from the cache, else built from
 * its Go module, else downloaded when its checksum is pinned. One line of progress tells which, and how long it took.
 *
 * Throws SetupError naming server, log and remedy. Safe to run in several processes at once.
 */
export async function ensureServer(spec: ServerSpec, options: EnsureOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const progress = options.progress ?? silent;
  const platform = options.platform ?? currentPlatform();
  const label = `${spec.name.padEnd(24)}${spec.version.padEnd(9)}`;
  const entry = await cacheEntry(spec, cacheFolder(env), platform);

  const onPath = await findOnPath(spec, env['PATH']);
  if (onPath.file !== undefined) {
    progress.line(`${label}${onPath.file}`);
    return onPath.file;
  }
  const note = onPath.rejected.length === 0 ? '' : `  (not used: ${onPath.rejected.join(', ')})`;
  if (await isExecutable(entry.file)) {
    progress.line(`${label}cached`);
    return entry.file;
  }
  return withLock(
    entry.file,
    async () => {
      if (await isExecutable(entry.file)) {
        progress.line(`${label}cached, another run has built it`);
      } else {
        await obtain(spec, entry, { env, platform, progress, label, note, liveEveryMs: options.liveEveryMs ?? 2000 });
      }
      return entry.file;
    },
    { onWait: () => progress.line(`${label}waiting for another run that is building it …`) },
  );
}

interface Obtaining {
  env: NodeJS.ProcessEnv;
  platform: Platform;
  progress: Progress;
  label: string;
  note: string;
  liveEveryMs: number;
}

async function obtain(spec: ServerSpec, entry: CacheEntry, context: Obtaining): Promise<void> {
  const { env, platform } = context;
  const go = await findGo(env['PATH']);
  const sha256 = pinnedChecksum(spec, platform);
  if (go !== undefined) {
    try {
      await timed(context, 'building from Go modules', 'built from Go modules', () =>
        buildFromModule(spec, entry, go, env),
      );
      return;
    } catch (error) {
      if (sha256 === undefined) {
        throw error;
      }
      context.progress.line(`${context.label}build failed (${entry.logFile}), trying the official release`);
    }
  }
  if (sha256 !== undefined) {
    await timed(context, 'downloading the official release', 'downloaded', () =>
      downloadRelease(spec, entry, platform, sha256),
    );
    return;
  }
  throw new SetupError(
    `${spec.name} ${spec.version} is not on PATH and not in the cache, and there is no Go to build it`,
    {
      remedy: `Install Go 1.26 or newer (go.dev/dl) and run this again. Or download ${releaseUrl(spec, platform)}, check it, and put the executable at ${entry.file}`,
    },
  );
}

async function timed(context: Obtaining, doing: string, done: string, work: () => Promise<void>): Promise<void> {
  const { progress, label, note } = context;
  const start = performance.now();
  progress.line(`${label}${doing} …${note}`);
  const timer = setInterval(
    () => progress.live(`${label}${doing} … ${seconds(performance.now() - start)}`),
    context.liveEveryMs,
  );
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  progress.line(`${label}${done}, ${seconds(performance.now() - start)}`);
}
