import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../processes/is-alive';
import { cleanUp, startWatchdog, type Watchdog } from '../processes/watchdog';
import { SetupError } from '../setup-error';

const PREFIX = 'kubernaut-stack-';
const OWNER_FILE = 'owner.json';

export interface Workdir {
  readonly folder: string;
  /** Ends what was started from the folder and removes it (unless it is kept). */
  stop(): Promise<void>;
  /** The same after a failure: the logs stay until the next stack is started. */
  abandon(): Promise<void>;
}

/**
 * A new folder for a stack's files, guarded by a watchdog from its first moment. Throws SetupError for a folder that has
 * something in it.
 */
export async function createWorkdir(options: { folder?: string; keep?: boolean } = {}): Promise<Workdir> {
  if (options.folder !== undefined) {
    await mkdir(options.folder, { recursive: true });
    // It is removed in the end, so it must not be anybody's.
    if ((await readdir(options.folder)).length > 0) {
      throw new SetupError(`The folder ${options.folder} is not empty`, {
        remedy: 'Name a new folder for the stack, or none: then a temporary one is made.',
      });
    }
  }
  const folder = await realpath(options.folder ?? (await mkdtemp(join(tmpdir(), PREFIX))));
  const watchdog = startWatchdog({ folder, keep: options.keep });
  await writeOwner(folder, watchdog);
  await mkdir(join(folder, 'logs'), { recursive: true });
  return {
    folder,
    async stop() {
      await rm(join(folder, OWNER_FILE), { force: true });
      await watchdog.stop();
    },
    abandon: () => watchdog.stop({ keep: true }),
  };
}

async function writeOwner(folder: string, watchdog: Watchdog): Promise<void> {
  await writeFile(join(folder, OWNER_FILE), JSON.stringify({ pids: [process.pid, watchdog.pid] }));
}

/**
 * Removes what is left of stacks whose owner **and** watchdog are gone (the whole session was killed, or the machine went
 * down). A folder that is kept on purpose has no owner file and stays; so does one whose process number lives again.
 */
export async function sweepAbandoned(parent: string = tmpdir()): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) {
      continue;
    }
    const folder = await realpath(join(parent, name)).catch(() => undefined);
    const owner = folder && (await readFile(join(folder, OWNER_FILE), 'utf8').catch(() => undefined));
    if (folder === undefined || owner === undefined || owner === '') {
      continue;
    }
    if (!pidsOf(owner).some(isAlive)) {
      await cleanUp({ folder });
    }
  }
}

/** This process's own number, so "alive", for a file that is being written at this moment. */
function pidsOf(owner: string): number[] {
  try {
    return (JSON.parse(owner) as { pids: number[] }).pids;
  } catch {
    return [process.pid];
  }
}
