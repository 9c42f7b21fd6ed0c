import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { SCRIPT_FD, STATUS_FD } from './sandbox';

export interface ProcessSpec {
  command: string;
  args: readonly string[];
  /** The whole environment; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** User and group id; absent: ours. */
  user?: number;
  input: string;
  /** Given on {@link SCRIPT_FD}. */
  script?: Buffer;
  timeoutMs: number;
  maxOutputBytes: number;
  signal: AbortSignal;
}

export interface ProcessResult {
  exitCode?: number;
  /** Why it was ended by us. */
  ended?: 'time' | 'output';
  stdout: string;
  stderr: string;
  /** What was written to {@link STATUS_FD}. */
  status: string;
  elapsedMs: number;
}

/**
 * Runs a process in a group of its own and waits until it and all that holds its output are gone. When the time is over, too
 * much was written or the signal aborts, the whole group is killed.
 *
 * @throws the signal's reason · Node's error when it cannot be started
 */
export async function runProcess(spec: ProcessSpec): Promise<ProcessResult> {
  const { signal, timeoutMs, maxOutputBytes } = spec;
  signal.throwIfAborted();
  const started = performance.now();
  const child = spawn(spec.command, [...spec.args], {
    cwd: spec.cwd,
    env: { ...spec.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    ...(spec.user !== undefined && { uid: spec.user, gid: spec.user }),
  });
  let ended: ProcessResult['ended'];
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  };
  const end = (why: 'time' | 'output') => {
    ended ??= why;
    kill();
  };
  const timer = setTimeout(() => end('time'), Math.max(0, timeoutMs));
  signal.addEventListener('abort', kill, { once: true });

  let size = 0;
  const collect = (stream: Readable): Buffer[] => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxOutputBytes) end('output');
      else chunks.push(chunk);
    });
    return chunks;
  };
  const stdout = collect(child.stdout as Readable);
  const stderr = collect(child.stderr as Readable);
  const status = collect(child.stdio[STATUS_FD] as Readable);
  feed(child.stdin as Writable, spec.input);
  feed(child.stdio[SCRIPT_FD] as Writable, spec.script ?? '');
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    return {
      ...(exitCode !== null && ended === undefined && { exitCode }),
      ...(ended && { ended }),
      stdout: Buffer.concat(stdout).toString('utf8'),
      stderr: Buffer.concat(stderr).toString('utf8'),
      status: Buffer.concat(status).toString('utf8'),
      elapsedMs: Math.round(performance.now() - started),
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}

/** A process need not read what it is given. */
function feed(stream: Writable, content: string | Buffer): void {
  stream.on('error', () => undefined);
  stream.end(content);
}
