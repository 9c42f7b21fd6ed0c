import { Readable, Writable } from 'node:stream';
import type { CliIo } from './cli-io';
import { runCli } from './run-cli';

export interface MemoryIoOptions {
  stdin?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Pretend that all three streams are terminals. */
  terminal?: boolean;
  signal?: AbortSignal;
}

export interface CliRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs one command line in this process with everything in memory: what tests and embedding programs use. */
export async function runInMemory(args: readonly string[], options: MemoryIoOptions = {}): Promise<CliRun> {
  const stdout = new Sink(options.terminal);
  const stderr = new Sink(options.terminal);
  const stdin = Object.assign(Readable.from([options.stdin ?? '']), { isTTY: options.terminal });
  const io: CliIo = {
    ...{ stdin, stdout, stderr },
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    userName: 'tester',
    signal: options.signal ?? new AbortController().signal,
    ownsProcesses: () => undefined,
  };
  const exitCode = await runCli(args, io);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

class Sink extends Writable {
  text = '';

  constructor(readonly isTTY: boolean | undefined) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
