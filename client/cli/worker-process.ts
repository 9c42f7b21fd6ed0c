import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Settings } from '../../config/settings';
import { CliError } from './cli-error';
import type { CliIo } from './cli-io';
import { ExitCode } from './exit-codes';
import type { ChildOptions } from './run-child';
import { runChild } from './run-child';

export interface WorkerProcessOptions {
  settingsFile: string;
  /** Environment of the worker; `TEMPORAL_*` in it win over the settings. */
  env: NodeJS.ProcessEnv;
  stdio?: ChildOptions['stdio'];
  /** Path of node. Default: the one that runs the CLI. */
  node?: string;
}

/** Runs the worker program until it ends or the CLI is told to stop, and returns its exit code. */
export async function runWorkerProcess(io: CliIo, options: WorkerProcessOptions): Promise<number> {
  const { settingsFile, env, stdio, node = process.execPath } = options;
  return runChild(io, node, [workerProgram(), '--config', settingsFile], { env, cwd: io.cwd, stdio });
}

/**
 * Hands settings to another program as a file, readable by this user only, for as long as `work` takes: options of the
 * command line have changed them, and relative paths in them are resolved already.
 */
export async function withSettingsFile<T>(settings: Settings, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'kubernaut-settings-'));
  try {
    const file = join(folder, 'kubernaut.yaml');
    await writeFile(file, stringify(settings), { mode: 0o600 });
    return await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The compiled worker: next to the compiled CLI, or in `lib/` when the CLI itself runs from its sources (tests). */
function workerProgram(): string {
  for (const lib of [join(__dirname, '..', '..'), join(__dirname, '..', '..', 'lib')]) {
    const program = join(lib, 'workers', 'main.js');
    if (existsSync(program)) return program;
  }
  throw new CliError(ExitCode.unexpected, 'The worker program is missing: Kubernaut has not been built.', {
    remedy: 'Run `npm run build`.',
  });
}
