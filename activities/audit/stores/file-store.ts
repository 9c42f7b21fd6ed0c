import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KubernautError } from '../../../plan/errors';
import type { SegmentStore } from './segment-store';

/** Segments as files of one folder. A file has its name only when all of it is on the disk. */
export class FileStore implements SegmentStore {
  constructor(readonly place: string) {}

  async put(name: string, body: string): Promise<'kept' | 'exists'> {
    const partial = join(this.place, `${name}.${randomUUID().slice(0, 8)}.partial`);
    try {
      await mkdir(this.place, { recursive: true });
      await durably(partial, async (file) => file.writeFile(body));
      // Unlike a rename, a link never replaces what is there.
      await link(partial, join(this.place, name));
      await durably(this.place);
      return 'kept';
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return 'exists';
      throw unavailable(`write ${join(this.place, name)}`, error);
    } finally {
      await rm(partial, { force: true }).catch(() => undefined);
    }
  }

  async get(name: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.place, name), 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw unavailable(`read ${join(this.place, name)}`, error);
    }
  }
}

type Handle = Awaited<ReturnType<typeof open>>;

/** Writes and syncs a new file; without `write`, syncs the folder, so that the name itself survives a crash. */
async function durably(path: string, write?: (file: Handle) => Promise<void>): Promise<void> {
  const file = await open(path, write === undefined ? 'r' : 'wx', 0o640);
  try {
    await write?.(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function unavailable(what: string, error: unknown): KubernautError {
  return new KubernautError('UNAVAILABLE', `cannot ${what} (${codeOf(error) ?? 'error'})`);
}
