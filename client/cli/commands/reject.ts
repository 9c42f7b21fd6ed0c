import { Command } from 'commander';
import { type CliContext, examples, handler } from '../cli-context';
import { waitingApproval } from '../../waiting-approval';
import { globalOptions } from '../global-options';
import { withProgress } from '../output/progress';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { addSignOptions, readSignKey, signedRequest, type SignOptions } from './sign';
import { addDecisionOptions, decider, type DecisionOptions, signature } from './decide';

export function rejectCommand(context: CliContext): Command {
  const { io } = context;
  const command = addSignOptions(
    addDecisionOptions(
      new Command('reject')
        .description('Say no to what a remediation waits for')
        .argument('<id>', 'workflow id')
        .option('--step <step>', 'the step whose approval is waited for, if several are'),
      io,
    ),
  ).action(
    handler(context, async (id: string, options: DecisionOptions & SignOptions, self: Command) => {
      const key = readSignKey(options, io);
      await withSession(globalOptions(self), io, async ({ remediations }) => {
        const { step, reason } = options;
        const given = { by: decider(options, io), step, reason };
        // A signed rejection is about what waits now.
        const about = async () => (await waitingApproval(remediations, id, step)).digest;
        const request = key
          ? await signedRequest(key, { ...given, workflow: id, decision: 'reject', digest: await about() })
          : given;
        const answer = await withProgress(io, `Rejecting ${id}`, () => remediations.reject(id, request));
        writeLine(io.stdout, `Rejected ${id}: ${answer}`);
        writeLine(io.stderr, signature(options, io));
      });
    }),
  );
  return examples(command, [
    ['kubernaut reject remediation/web-oom/1 --reason "wrong Deployment"', 'Nothing is carried out'],
  ]);
}
