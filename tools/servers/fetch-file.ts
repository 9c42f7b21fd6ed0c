import axios from 'axios';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SetupError } from '../setup-error';
import type { ServerSpec } from './server-spec';

export interface FetchFileOptions {
  /** For the error. */
  spec: ServerSpec;
  /** Where a person can put the executable instead. */
  place: string;
  /** Given up when nothing arrives for so long: a connection that hangs never ends by itself. */
  stallMs: number;
}

/** Downloads a file. Throws SetupError with what there is to do when it cannot be had whole. */
export async function fetchFile(url: string, file: string, options: FetchFileOptions): Promise<void> {
  const { spec, place, stallMs } = options;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs);
  try {
    const { data } = await axios.get<Readable>(url, { responseType: 'stream', signal: stalled.signal });
    data.on('data', () => timer.refresh());
    await pipeline(data, createWriteStream(file), { signal: stalled.signal });
  } catch (error) {
    const why = stalled.signal.aborted ? `nothing came for ${stallMs / 1000} s` : messageOf(error);
    throw new SetupError(`${spec.name} ${spec.version} could not be downloaded from ${url}: ${why}`, {
      cause: error,
      remedy: `Check the network, and HTTPS_PROXY if you use one; or install Go and run this again; or download it elsewhere, check it, and put the executable at ${place}`,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Also of errors that have no message of their own, such as a connection that was refused on every address. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
