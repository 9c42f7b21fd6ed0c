import { Command } from 'commander';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { withProgress } from '../output/progress';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { addDecisionOptions, decider, type DecisionOptions, signature } from './decide';

export function rejectCommand(context: CliContext): Command {
  const { io } = context;
  const command = addDecisionOptions(
    new Command('reject')
      .description('Say no to what a remediation waits for')
      .argument('<id>', 'workflow id')
      .option('--step <step>', 'the step whose approval is waited for, if several are'),
    io,
  ).action(
    handler(context, async (id: string, options: DecisionOptions, self: Command) =>
      withSession(globalOptions(self), io, async ({ remediations }) => {
        const { step, reason } = options;
        const request = { by: decider(options, io), step, reason };
        const answer = await withProgress(io, `Rejecting ${id}`, () => remediations.reject(id, request));
        writeLine(io.stdout, `Rejected ${id}: ${answer}`);
        writeLine(io.stderr, signature(options, io));
      }),
    ),
  );
  return examples(command, [
    ['kubernaut reject remediation/web-oom/1 --reason "wrong Deployment"', 'Nothing is carried out'],
  ]);
}
