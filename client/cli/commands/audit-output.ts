import type { Command } from 'commander';

/** `-o` is an option of `audit` itself, which takes it wherever it stands: its own commands look there. */
export function outputOf(command: Command): string {
  return (command.optsWithGlobals() as { output: string }).output;
}

/** Of a command that prints one document: a line of NDJSON would be all of it. */
export function documentOutputOf(command: Command): string {
  const output = outputOf(command);
  return output === 'ndjson' ? 'json' : output;
}
