import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

const root = join(__dirname, '..', '..', '..');
const lib = join(root, '.kubernaut', 'test-lib');

/** Compiles the project as the build does, into a folder of its own: a signal can only be tested on a real process. */
export function build(): void {
  // Type errors are the business of `npm run typecheck`; tsc writes its output all the same.
  spawnSync(
    process.execPath,
    [join(root, 'node_modules', '.bin', 'tsc'), '-p', 'tsconfig.build.json', '--outDir', lib],
    {
      cwd: root,
    },
  );
  const bundled = spawnSync(process.execPath, [join(lib, 'tools', 'build', 'bundle.js')], { encoding: 'utf8' });
  if (bundled.status !== 0) throw new Error(`the build failed: ${bundled.stderr}`);
}

export interface WorkerProcess {
  process: ChildProcess;
  lines: Record<string, unknown>[];
  stderr(): string;
  exit: Promise<number | null>;
}

/** `node lib/workers/main.js --config …` with these settings (an object, or YAML text). */
export function startWorkerProcess(settings: unknown, env: Record<string, string> = {}): WorkerProcess {
  const file = join(mkdtempSync(join(tmpdir(), 'kubernaut-worker-')), 'kubernaut.yaml');
  writeFileSync(file, typeof settings === 'string' ? settings : stringify(settings));
  const child = spawn(process.execPath, [join(lib, 'workers', 'main.js'), '--config', file], {
    env: { PATH: process.env['PATH'], TEMPORAL_CONFIG_FILE: join(file, '..', 'none.toml'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Record<string, unknown>[] = [];
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    const whole = stdout.split('\n');
    stdout = whole.pop()!;
    for (const line of whole) lines.push(JSON.parse(line) as Record<string, unknown>);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { process: child, lines, stderr: () => stderr, exit };
}
