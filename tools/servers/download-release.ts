import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runCommand } from '../processes/run-command';
import { SetupError } from '../setup-error';
import { fetchFile } from './fetch-file';
import { publishedChecksum } from './published-checksum';
import { readVersion } from './read-version';
import type { CacheEntry } from './server-cache';
import { acceptedVersions, fill, type Platform, releaseUrl, type ServerSpec } from './server-spec';

export interface DownloadOptions {
  platform: Platform;
  /** A download that brings nothing for so long is given up. Default 60 s. */
  stallMs?: number;
}

/** True when there is something to check a download by: a pinned checksum, or the publisher's own. */
export function canDownload(spec: ServerSpec, platform: Platform): boolean {
  return pinnedChecksum(spec, platform) !== undefined || spec.release.published !== undefined;
}

function pinnedChecksum(spec: ServerSpec, platform: Platform): string | undefined {
  return spec.release.sha256?.[`${platform.os}-${platform.arch}`];
}

/**
 * Downloads the official release into the cache entry, and tells by what it was checked. Nothing is unpacked or run before
 * its checksum has been compared: with the pinned one, else with the one that the publisher names.
 *
 * Throws SetupError when it cannot be had, has another checksum or none to compare with, or is not the pinned version.
 */
export async function downloadRelease(spec: ServerSpec, entry: CacheEntry, options: DownloadOptions): Promise<string> {
  const { platform } = options;
  const url = releaseUrl(spec, platform);
  const work = join(entry.folder, 'download');
  // What a killed run left; the lock of the entry is ours.
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const { sha256, checkedBy } = await expectedChecksum(spec, entry, platform);
    const archive = join(work, 'download');
    await fetchFile(url, archive, { spec, place: entry.file, stallMs: options.stallMs ?? 60_000 });
    const actual = await checksum(archive);
    if (actual !== sha256) {
      throw new SetupError(
        `${spec.name} ${spec.version}: the download is not what was published (${checkedBy})\n  expected sha256 ${sha256}\n  got             ${actual}`,
        {
          remedy: `Try again. If it stays so, something between here and ${new URL(url).host} changes downloads; do not use what it sends.`,
        },
      );
    }
    const unpacked = spec.release.member === undefined ? archive : await unpack(spec, archive, work, platform);
    await chmod(unpacked, 0o755);
    const version = await readVersion(spec, unpacked);
    if (version === undefined || !acceptedVersions(spec).includes(version)) {
      throw new SetupError(`${url} is not ${spec.name} ${spec.version} (it says: ${version ?? 'nothing readable'})`, {
        remedy: `Correct the entry of ${spec.name} in tools/servers/manifest.ts.`,
      });
    }
    await rename(unpacked, entry.file);
    return checkedBy;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function expectedChecksum(
  spec: ServerSpec,
  entry: CacheEntry,
  platform: Platform,
): Promise<{ sha256: string; checkedBy: string }> {
  const pinned = pinnedChecksum(spec, platform);
  if (pinned !== undefined) {
    return { sha256: pinned, checkedBy: 'checked against the pinned checksum' };
  }
  const { published } = spec.release;
  if (published === undefined) {
    throw new SetupError(`${spec.name} ${spec.version}: there is no checksum to check a download by`, {
      remedy: `Check ${releaseUrl(spec, platform)} yourself and put the executable at ${entry.file}`,
    });
  }
  return {
    sha256: await publishedChecksum(spec, published, platform, entry.file),
    checkedBy:
      published.form === 'github'
        ? "checked against GitHub's digest of the upload"
        : "checked against the publisher's checksum file",
  };
}

async function checksum(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function unpack(spec: ServerSpec, archive: string, work: string, platform: Platform): Promise<string> {
  const member = fill(spec.release.member ?? '', spec, platform);
  const { code, stderr } = await runCommand('tar', ['-xzf', archive, '-C', work, member]);
  if (code !== 0) {
    throw new SetupError(`${spec.name} ${spec.version}: ${member} could not be unpacked: ${stderr.trim()}`, {
      remedy: `Correct release.member of ${spec.name} in tools/servers/manifest.ts.`,
    });
  }
  return join(work, member);
}
