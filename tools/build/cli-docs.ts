import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import type { CliContext } from '../../client/cli/cli-context';
import { exitCodeMeanings } from '../../client/cli/exit-codes';
import { createProgram } from '../../client/cli/program';
import { fenced, table } from './markdown';

/** The help texts of all commands, for docs/cli.md: what is printed there is what the program prints. */
export function commandReference(): string {
  const program = createProgram(context());
  const commands = program.commands.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));
  return [
    '## kubernaut',
    '',
    'The options at the end of this text go with every command, before or after its name.',
    '',
    fenced('text', helpOf(program)),
    ...commands
      .filter((command) => command.name() !== 'exit-codes')
      .flatMap((command) => ['', `## ${titleOf(command)}`, '', fenced('text', helpOf(command))]),
  ].join('\n');
}

export function exitCodeTable(): string {
  return table(
    ['exit code', 'meaning'],
    exitCodeMeanings.map(([exitCode, meaning]) => [String(exitCode), meaning]),
  );
}

/** `kubernaut plan validate` */
function titleOf(command: Command): string {
  return command.parent ? `${titleOf(command.parent)} ${command.name()}` : command.name();
}

function helpOf(command: Command): string {
  let text = '';
  command.configureHelp({ showGlobalOptions: false });
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => 100,
  });
  command.outputHelp();
  return text;
}

/** A context in which nothing is run. */
function context(): CliContext {
  const io = {
    ...{ stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() },
    ...{ env: {}, cwd: '/', userName: 'alice', signal: new AbortController().signal },
    ownsProcesses: () => undefined,
  };
  return { io, exitCode: 0 };
}
