import type { Readable, Writable } from 'node:stream';

/** The CLI's only way to the outside: given by main.ts for real, by tests as they need it. */
export interface CliIo {
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean };
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Who sits here; default for `--by`. */
  userName: string;
  /** Aborts on Ctrl-C and SIGTERM: commands end what they started and return. */
  signal: AbortSignal;
  /** Called by commands that own child processes: after the signal, the end of this process waits for theirs. */
  ownsProcesses(): void;
}

/** Both ends are terminals: questions may be asked. */
export function isInteractive(io: CliIo): boolean {
  return io.stdin.isTTY === true && io.stderr.isTTY === true;
}
