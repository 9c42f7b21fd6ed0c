import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '..', '..', '..');
const lib = join(root, '.kubernaut', 'test-lib-cli');

/** Compiles the project as the build does, into a folder of its own: signals and pipes need a real process. */
export function buildCli(): void {
  // Type errors are the business of `npm run typecheck`; tsc writes its output all the same.
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', lib], { cwd: root });
  const bundled = spawnSync(process.execPath, [join(lib, 'tools', 'build', 'bundle.js')], { encoding: 'utf8' });
  if (bundled.status !== 0) throw new Error(`the build failed: ${bundled.stderr}`);
}

export const cliProgram = join(lib, 'client', 'cli', 'main.js');

export interface CliProcess {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  exit: Promise<number | null>;
}

/** A CLI as a person would start it, in a process group of its own so that no signal of the test run reaches it. */
export function startCli(args: readonly string[], env: Record<string, string> = {}): CliProcess {
  const child = spawn(process.execPath, [cliProgram, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, stdout: () => stdout, stderr: () => stderr, exit };
}
