import { CommanderError } from 'commander';
import { describeError, exitCodeOf } from './cli-error';
import type { CliContext } from './cli-context';
import type { CliIo } from './cli-io';
import { ExitCode } from './exit-codes';
import { colorsFor } from './output/colors';
import { writeLine } from './output/write';
import { createProgram } from './program';

/**
 * Runs one command line and returns its exit code; never throws, never ends the process.
 *
 * @param args without node and script: `['list', '-o', 'json']`
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<ExitCode> {
  const context: CliContext = { io, exitCode: ExitCode.ok };
  try {
    await createProgram(context).parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    if (io.signal.aborted) return ExitCode.interrupted;
    const red = colorsFor(io, io.stderr).red;
    writeLine(io.stderr, `${red('Error:')} ${describeError(error, args.includes('--debug'))}`);
    return exitCodeOf(error);
  }
}
