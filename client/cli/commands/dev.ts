import { Command } from 'commander';
import { CliError } from '../cli-error';
import { type CliContext, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';

export function devCommand(context: CliContext): Command {
  return new Command('dev')
    .description('Start a Temporal server, a Kubernetes cluster and a worker of your own, until Ctrl-C')
    .action(
      handler(context, async () => {
        throw new CliError(ExitCode.unexpected, 'The development stack is not part of this build.');
      }),
    );
}
