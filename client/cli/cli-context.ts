import type { Command } from 'commander';
import type { CliIo } from './cli-io';
import { ExitCode } from './exit-codes';

/** One invocation of the CLI. Commands set the exit code instead of ending the process: everything gets closed and printed. */
export interface CliContext {
  io: CliIo;
  exitCode: ExitCode;
}

/** Makes a handler of a command: what it returns becomes the exit code; nothing means 0. */
export function handler<A extends unknown[]>(
  context: CliContext,
  run: (...args: A) => Promise<ExitCode | void>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    context.exitCode = (await run(...args)) ?? ExitCode.ok;
  };
}

/** Examples below the options: the part of a help text that is really read. */
export function examples(command: Command, lines: ReadonlyArray<readonly [string, string]>): Command {
  const text = lines.map(([line, why]) => `  # ${why}\n  $ ${line}`).join('\n\n');
  return command.addHelpText('after', `\nExamples:\n${text}\n`);
}
