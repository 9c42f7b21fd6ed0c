import axios from 'axios';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runCommand } from '../processes/run-command';
import { SetupError } from '../setup-error';
import { readVersion } from './read-version';
import type { CacheEntry } from './server-cache';
import { fill, type Platform, releaseUrl, type ServerSpec } from './server-spec';

/** The checksum that a download must have here, if one is pinned. */
export function pinnedChecksum(spec: ServerSpec, platform: Platform): string | undefined {
  return spec.release.sha256?.[`${platform.os}-${platform.arch}`];
}

/**
 * Downloads the official release into the cache entry. Nothing is unpacked or run before the checksum has been compared.
 *
 * Throws SetupError when it cannot be had, has another checksum, or is not the pinned version.
 */
export async function downloadRelease(
  spec: ServerSpec,
  entry: CacheEntry,
  platform: Platform,
  sha256: string,
): Promise<void> {
  const url = releaseUrl(spec, platform);
  const work = join(entry.folder, 'download');
  // What a killed run left; the lock of the entry is ours.
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const archive = join(work, 'download');
    await fetchFile(spec, url, archive);
    const actual = await checksum(archive);
    if (actual !== sha256) {
      throw new SetupError(
        `${spec.name} ${spec.version}: the download is not what was published\n  expected sha256 ${sha256}\n  got             ${actual}`,
        { remedy: `Try again. If it stays so, something between here and ${new URL(url).host} changes downloads.` },
      );
    }
    const unpacked = spec.release.member === undefined ? archive : await unpack(spec, archive, work, platform);
    await chmod(unpacked, 0o755);
    const version = await readVersion(spec, unpacked);
    if (version !== spec.version) {
      throw new SetupError(`${url} is not ${spec.name} ${spec.version} (it says: ${version ?? 'nothing readable'})`, {
        remedy: `Correct the entry of ${spec.name} in tools/servers/manifest.ts.`,
      });
    }
    await rename(unpacked, entry.file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fetchFile(spec: ServerSpec, url: string, file: string): Promise<void> {
  try {
    const response = await axios.get<Readable>(url, { responseType: 'stream', timeout: 60_000 });
    await pipeline(response.data, createWriteStream(file));
  } catch (error) {
    throw new SetupError(`${spec.name} ${spec.version} could not be downloaded from ${url}: ${message(error)}`, {
      cause: error,
      remedy: 'Check the network, and HTTPS_PROXY if you use one; or install Go and run this again.',
    });
  }
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

function message(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
