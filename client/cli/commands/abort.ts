import { Command } from 'commander';
import type { AbortRequest } from '../../../plan/steering';
import { type CliContext, examples, handler } from '../cli-context';
import type { CliIo } from '../cli-io';
import { globalOptions } from '../global-options';
import { withProgress } from '../output/progress';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { addDecisionOptions, decider, type DecisionOptions, signature } from './decide';

export interface AbortOptions extends DecisionOptions {
  /** false with --no-undo. */
  undo: boolean;
  requestId?: string;
}

/** Of `abort` and `incident abort`. */
export function addAbortOptions(command: Command, io: CliIo): Command {
  return addDecisionOptions(command, io)
    .option('--no-undo', 'leave what was done as it is')
    .option('--request-id <id>', 'send it twice under one id and it happens once');
}

export function abortRequest(options: AbortOptions, io: CliIo): AbortRequest {
  return { by: decider(options, io), reason: options.reason, undo: options.undo };
}

export function abortCommand(context: CliContext): Command {
  const { io } = context;
  const command = addAbortOptions(
    new Command('abort')
      .description('End a remediation in any state: running steps are stopped, and what was done is undone')
      .argument('<id>', 'workflow id'),
    io,
  ).action(
    handler(context, async (id: string, options: AbortOptions, self: Command) =>
      withSession(globalOptions(self), io, async ({ remediations }) => {
        const answer = await withProgress(io, `Aborting ${id}`, () =>
          remediations.abort(id, abortRequest(options, io), options.requestId),
        );
        writeLine(io.stdout, `${id}: ${answer}`);
        const next = `\`kubernaut show ${id} --watch\` follows it.`;
        writeLine(io.stderr, [signature(options, io), next].join('\n').trim());
      }),
    ),
  );
  return examples(command, [
    ['kubernaut abort remediation/web-oom/1 --reason "load is gone"', 'Stop and undo'],
    ['kubernaut abort remediation/web-oom/1 --no-undo', 'Stop and leave things as they are now'],
  ]);
}
