import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { testEnvironment } from '../../setup/environment';

export interface WorkerProgram {
  process: ChildProcess;
  /** Its log so far. */
  lines: Record<string, unknown>[];
  stderr(): string;
  /** Its exit code, once it has ended. */
  exit: Promise<number | null>;
}

/** `workers/main.ts --config …` with these settings, as a process of its own: only such a one can be sent a signal. */
export function startWorkerProgram(settings: unknown): WorkerProgram {
  const root = join(__dirname, '..', '..', '..');
  const folder = mkdtempSync(join(testEnvironment().workdir, 'worker-'));
  const file = join(folder, 'kubernaut.yaml');
  writeFileSync(file, stringify(settings));
  const register = join(root, 'test', 'setup', 'register-typescript.cjs');
  const program = ['--require', register, join(root, 'workers', 'main.ts'), '--config', file];
  const child = spawn(process.execPath, program, {
    // Nobody's own Temporal profile may have a say in a test.
    env: { PATH: process.env['PATH'], TEMPORAL_CONFIG_FILE: join(folder, 'none.toml') },
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
