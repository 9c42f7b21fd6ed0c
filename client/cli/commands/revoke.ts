import { Command } from 'commander';
import { revocableApproval } from '../../revocable-approval';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { withProgress } from '../output/progress';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { addDecisionOptions, decider, type DecisionOptions, signature } from './decide';
import { addSignOptions, readSignKey, signedRequest, type SignOptions } from './sign';

export function revokeCommand(context: CliContext): Command {
  const { io } = context;
  const command = addSignOptions(
    addDecisionOptions(
      new Command('revoke')
        .description(
          'Take an approval back, as long as nothing that changes something has begun; it is asked for again',
        )
        .argument('<id>', 'workflow id')
        .option('--step <step>', 'the step whose approval is taken back (default: that of the plan, or the only one)'),
      io,
    ),
  ).action(
    handler(context, async (id: string, options: DecisionOptions & SignOptions, self: Command) => {
      const key = readSignKey(options, io);
      await withSession(globalOptions(self), io, async ({ remediations }) => {
        const { step, reason } = options;
        const given = { by: decider(options, io), step, reason };
        // A signed one is about the digest that was approved.
        const about = async () => (await revocableApproval(remediations, id, step)).digest;
        const request = key
          ? await signedRequest(key, { ...given, workflow: id, decision: 'revoke', digest: await about() })
          : given;
        const answer = await withProgress(io, `Revoking ${id}`, () => remediations.revoke(id, request));
        writeLine(io.stdout, `Revoked ${id}: ${answer}`);
        writeLine(io.stderr, signature(options, io));
      });
    }),
  );
  return examples(command, [
    [
      'kubernaut revoke remediation/web-oom/1 --reason "the wrong cluster"',
      'Nothing starts until it is approved again',
    ],
  ]);
}
