import axios from 'axios';
import { basename } from 'node:path/posix';
import { z } from 'zod';
import { SetupError } from '../setup-error';
import { messageOf } from './fetch-file';
import { fill, type Platform, type PublishedChecksums, releaseUrl, type ServerSpec } from './server-spec';

const SHA256 = /^[0-9a-f]{64}$/i;
/** The largest of these are some kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024;

const githubRelease = z.object({
  assets: z.array(z.object({ name: z.string(), digest: z.string().nullish() })),
});

/**
 * The SHA-256 that the publisher names for the download of this platform, fetched over HTTPS, redirects included.
 *
 * Throws SetupError when it cannot be had, does not name the file, or names it with two checksums.
 */
export async function publishedChecksum(
  spec: ServerSpec,
  published: PublishedChecksums,
  platform: Platform,
  place: string,
): Promise<string> {
  const url = fill(published.url, spec, platform);
  const file = basename(new URL(releaseUrl(spec, platform)).pathname);
  const remedy = `Install Go and run this again, or check ${releaseUrl(spec, platform)} yourself and put the executable at ${place}`;
  const text = await fetchText(spec, url, remedy);
  const checksum = published.form === 'github' ? fromGithub(text, file) : fromChecksumFile(text, file);
  if (checksum === undefined) {
    throw new SetupError(
      `${spec.name} ${spec.version}: ${url} names no single SHA-256 for ${file}, so nothing was downloaded`,
      { remedy },
    );
  }
  return checksum;
}

async function fetchText(spec: ServerSpec, url: string, remedy: string): Promise<string> {
  try {
    requireHttps(new URL(url).protocol);
    const { data } = await axios.get<string>(url, {
      responseType: 'text',
      transformResponse: (body: string) => body,
      timeout: 30_000,
      maxContentLength: MAX_BYTES,
      beforeRedirect: (options: { protocol?: string }) => requireHttps(options.protocol),
    });
    return data;
  } catch (error) {
    throw new SetupError(
      `${spec.name} ${spec.version}: the publisher's checksum could not be had from ${url}, so nothing was downloaded: ${messageOf(error)}`,
      { cause: error, remedy: `Check the network, and HTTPS_PROXY if you use one. ${remedy}` },
    );
  }
}

/** Without TLS anybody on the way could name the checksum of something else. */
function requireHttps(protocol: string | undefined): void {
  if (protocol !== 'https:') {
    throw new Error(`a checksum is not taken over ${protocol ?? 'an unknown protocol'}`);
  }
}

/** One bare checksum, or lines as `sha256sum` writes them: checksum, a space, a space or `*`, the file's name. */
function fromChecksumFile(text: string, file: string): string | undefined {
  if (SHA256.test(text.trim())) {
    return text.trim().toLowerCase();
  }
  const found = text.split('\n').flatMap((line) => {
    const [, checksum = '', name = ''] = /^(\S+) [ *](.+?)\s*$/.exec(line) ?? [];
    return SHA256.test(checksum) && basename(name) === file ? [checksum.toLowerCase()] : [];
  });
  return only(found);
}

function fromGithub(text: string, file: string): string | undefined {
  const release = githubRelease.safeParse(parseJson(text));
  const found = (release.data?.assets ?? []).flatMap(({ name, digest }) => {
    const [, checksum = ''] = /^sha256:(.+)$/.exec(digest ?? '') ?? [];
    return name === file && SHA256.test(checksum) ? [checksum.toLowerCase()] : [];
  });
  return only(found);
}

/** Two different answers are none. */
function only(found: readonly string[]): string | undefined {
  return new Set(found).size === 1 ? found[0] : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
