import { Command } from 'commander';
import { type CliContext, handler } from '../cli-context';
import { exitCodeMeanings } from '../exit-codes';
import { writeLine } from '../output/write';

/** Exists so that `kubernaut help exit-codes` works; run as a command it prints the same. */
export function exitCodesCommand(context: CliContext): Command {
  return new Command('exit-codes')
    .description('What the exit codes of all commands mean')
    .addHelpText('after', `\n${exitCodeTable()}`)
    .action(handler(context, async () => writeLine(context.io.stdout, exitCodeTable())));
}

export function exitCodeTable(): string {
  return exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n');
}
