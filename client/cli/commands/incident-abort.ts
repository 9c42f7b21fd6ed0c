import { Command } from 'commander';
import { Incidents } from '../../bridge/incidents';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { withProgress } from '../output/progress';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { type AbortOptions, abortRequest, addAbortOptions } from './abort';
import { signature } from './decide';

/** `kubernaut incident abort`. */
export function incidentAbortCommand(context: CliContext): Command {
  const { io } = context;
  const command = addAbortOptions(
    new Command('abort')
      .description('End an incident: nothing further begins, and what a remediation under way has done is undone')
      .argument('<id>', 'workflow id, as printed by `incident list`'),
    io,
  ).action(
    handler(context, async (id: string, options: AbortOptions, self: Command) =>
      withSession(globalOptions(self), io, async ({ client }) => {
        const answer = await withProgress(io, `Aborting ${id}`, () =>
          new Incidents(client).abort(id, abortRequest(options, io), options.requestId),
        );
        writeLine(io.stdout, `${id}: ${answer}`);
        const next = `\`kubernaut incident show ${id}\` tells how it ends.`;
        writeLine(io.stderr, [signature(options, io), next].join('\n').trim());
      }),
    ),
  );
  return examples(command, [
    ['kubernaut incident abort incident/prod/shop/Deployment/web --reason "we see to it"', 'End it, and undo'],
    ['kubernaut incident abort incident/prod/shop/Deployment/web --no-undo', 'Leave things as they are now'],
  ]);
}
