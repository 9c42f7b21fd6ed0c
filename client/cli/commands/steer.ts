import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { parse } from 'yaml';
import type { JsonObject } from '../../../plan/json';
import { digestOf } from '../../../plan/digest';
import { changedPreview } from '../../changed-preview';
import type { Remediations } from '../../remediations';
import type { SigningKey } from '../../sign-decision';
import { CliError } from '../cli-error';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { withProgress } from '../output/progress';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { addDecisionOptions, decider, type DecisionOptions, signature } from './decide';
import { addSignOptions, readSignKey, signedRequest, type SignOptions } from './sign';

interface SteerOptions extends DecisionOptions, SignOptions {
  requestId?: string;
  params?: string;
}

interface Steer {
  name: string;
  description: string;
  doing: string;
  /** The command takes a step as its second argument. */
  ofStep?: boolean;
  send(remediations: Remediations, id: string, request: Request, requestId?: string): Promise<string>;
  /** Where only signed decisions count it has to be signed; absent: it is no decision. */
  signed?(
    key: SigningKey,
    remediations: Remediations,
    id: string,
    request: Request,
    requestId?: string,
  ): Promise<string>;
  examples: ReadonlyArray<readonly [string, string]>;
}
type Request = { by: string; reason?: string; step: string; params?: JsonObject };

const steers: readonly Steer[] = [
  {
    name: 'pause',
    description: 'Let no further step of a remediation start; what is under way goes on',
    doing: 'Pausing',
    send: (remediations, id, request, requestId) => remediations.pause(id, request, requestId),
    examples: [['kubernaut pause remediation/web-oom/1 --reason "looking at node-3"', 'Until `kubernaut resume`']],
  },
  {
    name: 'resume',
    description: 'Let the steps of a paused remediation start again',
    doing: 'Resuming',
    send: (remediations, id, request, requestId) => remediations.resume(id, request, requestId),
    examples: [['kubernaut resume remediation/web-oom/1', 'Steps start again']],
  },
  {
    name: 'take-over',
    description: 'Work on the cluster by hand: no step starts, and a step that fails undoes nothing',
    doing: 'Taking over',
    send: (remediations, id, request, requestId) => remediations.takeOver(id, request, requestId),
    examples: [
      ['kubernaut take-over remediation/web-oom/1 --reason "draining by hand"', 'Until `kubernaut hand-back`'],
    ],
  },
  {
    name: 'hand-back',
    description: 'End a take-over: every step is previewed anew before it runs',
    doing: 'Handing back',
    send: (remediations, id, request, requestId) => remediations.handBack(id, request, requestId),
    examples: [['kubernaut hand-back remediation/web-oom/1', 'The plan goes on with what is there now']],
  },
  {
    name: 'skip',
    description: 'Leave out a step that has not begun, or go on without one that failed and waits for a decision',
    doing: 'Skipping a step of',
    ofStep: true,
    send: (remediations, id, request, requestId) => remediations.skipStep(id, request, requestId),
    examples: [['kubernaut skip remediation/web-oom/1 notify --reason "pager is enough"', 'The others go on']],
  },
  {
    name: 'retry',
    description: 'Try a failed step that waits for a decision (onFailure: ask) again; what it did is taken back first',
    doing: 'Retrying a step of',
    ofStep: true,
    send: (remediations, id, request, requestId) => remediations.retryStep(id, request, requestId),
    examples: [
      ['kubernaut retry remediation/web-oom/1 scale', 'With the same params'],
      [
        `kubernaut retry remediation/web-oom/1 scale --params '{replicas: 4}'`,
        'With others; approve the new preview then',
      ],
    ],
  },
  {
    name: 'override',
    description:
      'Give other params to a step that waits for approval: it is previewed again, and its new digest approved',
    doing: 'Changing a step of',
    ofStep: true,
    send: (remediations, id, { step, params = {}, ...who }, requestId) =>
      remediations.override(id, { ...who, changes: [{ step, params }] }, requestId),
    signed: async (key, remediations, id, { step, params = {}, ...who }, requestId) => {
      const changes = [{ step, params }];
      const { digest } = await changedPreview(remediations, id, changes);
      const about = { workflow: id, decision: 'override', digest, changes: digestOf(changes) } as const;
      return remediations.override(id, { ...(await signedRequest(key, { ...who, ...about })), changes }, requestId);
    },
    examples: [
      [
        `kubernaut override remediation/web-load/1 scale --params '{replicas: 4}'`,
        'Then `kubernaut approve`, as shown',
      ],
    ],
  },
];

/** `pause`, `resume`, `take-over`, `hand-back`, `skip`, `retry` and `override`: a person at the wheel of a running plan. */
export const steerCommands: ReadonlyArray<(context: CliContext) => Command> = steers.map(
  (steer) => (context) => steerCommand(steer, context),
);

function steerCommand(steer: Steer, context: CliContext): Command {
  const { io } = context;
  const command = new Command(steer.name).description(steer.description).argument('<id>', 'workflow id');
  if (steer.ofStep) command.argument('<step>', 'step id; <step>/<n> for an item of a forEach step');
  if (steer.signed !== undefined) addSignOptions(command);
  addDecisionOptions(command, io).option('--request-id <id>', 'send it twice under one id and it happens once');
  const params = ['--params <yaml>', 'params instead of the step’s own (all of them), or @file'] as const;
  if (steer.name === 'retry') command.option(...params);
  if (steer.name === 'override') command.requiredOption(...params);
  command.action(
    handler(context, async (id: string, ...rest: unknown[]) => {
      const self = rest.at(-1) as Command;
      const options = self.opts<SteerOptions>();
      const request: Request = {
        by: decider(options, io),
        step: steer.ofStep ? String(rest[0]) : '',
        ...(options.reason !== undefined && { reason: options.reason }),
        ...(options.params !== undefined && { params: readParams(options.params) }),
      };
      const key = readSignKey(options, io);
      await withSession(globalOptions(self), io, async ({ remediations }) => {
        const answer = await withProgress(io, `${steer.doing} ${id}`, () =>
          key && steer.signed
            ? steer.signed(key, remediations, id, request, options.requestId)
            : steer.send(remediations, id, request, options.requestId),
        );
        writeLine(io.stdout, `${id}: ${answer}`);
        writeLine(io.stderr, signature(options, io));
      });
    }),
  );
  return examples(
    command,
    steer.examples.map(([line, what]) => [line, what]),
  );
}

function readParams(given: string): JsonObject {
  let value: unknown;
  try {
    value = parse(given.startsWith('@') ? readFileSync(given.slice(1), 'utf8') : given);
  } catch (error) {
    throw new CliError(
      ExitCode.usage,
      `--params cannot be read: ${error instanceof Error ? error.message : 'unreadable'}`,
      {
        remedy: 'Give an object in YAML or JSON, or @ and the path of a file that holds one.',
      },
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CliError(ExitCode.usage, '--params must be an object, such as {replicas: 4}.');
  }
  return value as JsonObject;
}
