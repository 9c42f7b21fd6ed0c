#!/usr/bin/env node
import { userInfo } from 'node:os';
import { ExitCode } from './exit-codes';
import { runCli } from './run-cli';

/** How long a command may take to let go after Ctrl-C; `worker` and `dev` wait for their children and need longer. */
const patienceMs = 500;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const stop = new AbortController();
  let brokenPipe = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(ExitCode.interrupted);
      stop.abort();
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      // The reader has what it wanted (`| head`); whatever runs is ended in order.
      brokenPipe = true;
      stop.abort();
    });
  }
  let ownsProcesses = false;
  stop.signal.addEventListener('abort', () => {
    if (ownsProcesses) return;
    setTimeout(() => process.exit(brokenPipe ? ExitCode.brokenPipe : ExitCode.interrupted), patienceMs).unref();
  });
  const exitCode = await runCli(args, {
    ...{ stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
    ...{ env: process.env, cwd: process.cwd(), userName: userName(), signal: stop.signal },
    ownsProcesses: () => {
      ownsProcesses = true;
    },
  });
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  // Handles of a failed connection would keep the process for seconds after everything has been said.
  process.exit(brokenPipe ? ExitCode.brokenPipe : exitCode);
}

/** What is still on its way to a slow pipe must get there. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

/** Containers often run under a uid without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

void main();
