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
  settings: Settings;
  /** Environment of the worker, `TEMPORAL_*` included. */
  env: NodeJS.ProcessEnv;
  stdio?: ChildOptions['stdio'];
}

/**
 * Runs the worker program until it ends or the CLI is told to stop, and returns its exit code. The settings are handed over
 * as a file of their own, readable by this user only: options of the command line have changed them, and relative paths in
 * them are resolved already.
 */
export async function runWorkerProcess(io: CliIo, options: WorkerProcessOptions): Promise<number> {
  const program = workerProgram();
  const folder = await mkdtemp(join(tmpdir(), 'kubernaut-worker-'));
  try {
    const file = join(folder, 'kubernaut.yaml');
    await writeFile(file, stringify(options.settings), { mode: 0o600 });
    const { env, stdio } = options;
    return await runChild(io, process.execPath, [program, '--config', file], { env, cwd: io.cwd, stdio });
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
