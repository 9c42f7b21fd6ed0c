import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export interface CommandResult {
  /** Undefined when the command was ended by a signal. */
  code: number | undefined;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  cwd?: string;
  /** The whole environment. Default: that of this process. */
  env?: NodeJS.ProcessEnv;
  /** Written to standard input. */
  input?: string;
  /** The command is killed after this time. Default: never. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Runs a command to its end. Rejects only if it cannot be started (`ENOENT`) or was aborted. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: options.env ?? process.env,
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
    signal: options.signal,
  });
  child.stdin.on('error', () => {
    // The command did not read its input; its exit code tells.
  });
  child.stdin.end(options.input ?? '');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: (code as number | null) ?? undefined, stdout, stderr };
}

async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
