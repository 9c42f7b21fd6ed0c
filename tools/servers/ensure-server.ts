import { type Progress, seconds, silent } from '../progress';
import { SetupError } from '../setup-error';
import { buildFromModule, findGo } from './build-from-module';
import { canDownload, downloadRelease } from './download-release';
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
  /** A download that brings nothing for so long is given up. Default 60 s. */
  stallMs?: number;
}

/**
 * The path of a server's executable: from PATH if it is exactly the pinned version, else from the cache, else built from
 * its Go module, else downloaded and checked (see `downloadRelease`). One line of progress tells which, and how long it took.
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
        const liveEveryMs = options.liveEveryMs ?? 2000;
        await obtain(spec, entry, { env, platform, progress, label, note, liveEveryMs, stallMs: options.stallMs });
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
  stallMs: number | undefined;
}

async function obtain(spec: ServerSpec, entry: CacheEntry, context: Obtaining): Promise<void> {
  const { env, platform, stallMs } = context;
  const go = await findGo(env['PATH']);
  const downloadable = canDownload(spec, platform);
  let buildError: unknown;
  if (go !== undefined) {
    try {
      await timed(context, 'building from Go modules', async () => {
        await buildFromModule(spec, entry, go, env);
        return 'built from Go modules';
      });
      return;
    } catch (error) {
      if (!downloadable) {
        throw error;
      }
      buildError = error;
      context.progress.line(`${context.label}build failed (${entry.logFile}), trying the official release`);
    }
  }
  if (!downloadable) {
    throw new SetupError(
      `${spec.name} ${spec.version} is not on PATH and not in the cache, and there is no Go to build it`,
      {
        remedy: `Install Go 1.26 or newer (go.dev/dl) and run this again. Or download ${releaseUrl(spec, platform)}, check it, and put the executable at ${entry.file}`,
      },
    );
  }
  try {
    await timed(
      context,
      'downloading the official release',
      async () => `downloaded, ${await downloadRelease(spec, entry, { platform, stallMs })}`,
    );
  } catch (error) {
    throw buildError === undefined ? error : bothFailed(buildError, error);
  }
}

/** The build is what was meant to work, so it comes first; that the release was not to be had is the rest of the story. */
function bothFailed(build: unknown, download: unknown): unknown {
  if (!(build instanceof SetupError) || !(download instanceof SetupError)) {
    return download;
  }
  return new SetupError(`${build.message}\nand the official release cannot take its place:\n${download.message}`, {
    cause: download,
    remedy: 'Either of the two above is enough.',
  });
}

/** `work` says how it was done. */
async function timed(context: Obtaining, doing: string, work: () => Promise<string>): Promise<void> {
  const { progress, label, note } = context;
  const start = performance.now();
  progress.line(`${label}${doing} …${note}`);
  const timer = setInterval(
    () => progress.live(`${label}${doing} … ${seconds(performance.now() - start)}`),
    context.liveEveryMs,
  );
  let done: string;
  try {
    done = await work();
  } finally {
    clearInterval(timer);
  }
  progress.line(`${label}${done}, ${seconds(performance.now() - start)}`);
}
