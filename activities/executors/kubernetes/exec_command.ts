import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { JsonObject } from '../../../plan/json';
import type { ExecResult } from '../../cluster/cluster';
import { describeRef } from '../../cluster/resource-path';
import { defineAction } from '../../contract';
import { digestOf, fillItems, findCommand, placeIn } from './exec/exec-command';
import { RAW_OUTPUT_BYTES, shownOutput } from './pods/shown-output';
import { preflight, refuseIf } from './target/preflight';
import { readTarget, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';

const params = z.strictObject({
  command: z.string().min(1).max(63).describe('Name under `actions.kubernetes.execCommands` of the settings.'),
  args: z
    .record(z.string().max(31), z.union([z.string().max(1_000), z.int()]))
    .default({})
    .describe('Arguments that the command declares. Default: its defaults.'),
});
type Params = z.infer<typeof params>;
type ExecImage = { container: string; digest: string };

/** So much of the step's time is left for saying how it ended. */
const REPORT_MS = 500;

/**
 * Runs a command of the settings in a container. What it does cannot be tried beforehand, found out afterwards or taken back,
 * and the API knows no uid and no idempotency here: a command whose result was lost is run again only where the settings call it
 * idempotent.
 */
export const execCommand = defineAction<Params, ExecImage>({
  name: 'exec_command',
  executor: 'kubernetes',
  description:
    'Runs a command that the settings name in a container of a pod (clean up storage, compact it, write a heap dump …).',
  whenToUse:
    'A repair that only a program inside the container can do, written and allowed beforehand in the settings.',
  whenNotToUse: 'No command of the settings does it: a plan cannot bring its own. A Job can do it as well (`run_job`).',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'pod',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['Pod'],
  permissions: [
    { apiGroup: '', resource: 'pods', verbs: ['get', 'list'] },
    // The request is a GET that asks for a WebSocket: `get` up to Kubernetes 1.34, `create` too from 1.35 on.
    { apiGroup: '', resource: 'pods/exec', verbs: ['get', 'create'] },
  ],
  params,
  examples: [
    {
      title: 'Remove temporary files that are older than some days (cleanup_storage)',
      target: { kind: 'Pod', namespace: 'shop', name: 'search-0' },
      params: { command: 'cleanup_storage', args: { days: 7 } },
    },
    {
      title: 'Compact a store (compact_storage)',
      target: { kind: 'Pod', namespace: 'shop', name: 'etcd-0' },
      params: { command: 'compact_storage' },
    },
    {
      title: 'Write a heap dump before the restart (create_heap_dump)',
      target: { kind: 'Pod', namespace: 'shop', name: 'orders-7d4b9c6f5-x2x8p' },
      params: { command: 'create_heap_dump', args: { file: '/dumps/orders.hprof' } },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const pod = await preflight(ctx, target, execCommand);
    const command = findCommand(ctx, step.params.command);
    const { items, problems } = fillItems(command, step.params.args);
    const place = placeIn(pod, command);
    refuseIf(target, [...problems, ...place.problems]);
    const { container } = place;
    return {
      target: resolvedTarget(target, pod),
      before: { container, digest: digestOf(command, items, container) },
      diff: [{ path: '', after: { exec: { container, command: items } } }],
      warnings: [
        command.description,
        ...(command.idempotent ? [] : ['it is not idempotent: if its result is lost, a person has to find out']),
      ],
      summary: `run ${step.params.command} in ${describeRef(target)}, container ${container}`,
      noEffect: false,
    };
  },

  async execute(ctx, step, validation) {
    const target = validatedTarget(validation);
    const { namespace = '', name } = target;
    const id = step.params.command;
    const command = findCommand(ctx, id);
    const { items } = fillItems(command, step.params.args);
    const { container, digest } = validation.before;
    if (digestOf(command, items, container) !== digest)
      throw new KubernautError('TARGET_CHANGED', `the command ${id} is not the one of the preview any more`);
    if (ctx.attempt > 1 && !command.idempotent) throw mayHaveRun(id, 'an earlier attempt was interrupted');
    await readTarget(ctx, target);
    ctx.progress(`running ${id} in ${namespace}/${name}`);
    const started = ctx.clock.now();
    const result = await ctx.cluster.exec(
      { namespace, name },
      {
        container,
        command: items,
        timeoutMs: Math.max(0, Math.min(command.timeoutSeconds * 1000, ctx.deadline - started - REPORT_MS)),
        maxOutputBytes: RAW_OUTPUT_BYTES,
      },
    );
    if (result.ended === 'cancelled')
      throw new KubernautError(
        'CANCELLED',
        `${id}: cancelled while it ran; Kubernetes cannot stop it, so it may run on`,
      );
    if (result.ended === 'connection lost') {
      if (!command.idempotent) throw mayHaveRun(id, 'the connection to it broke');
      throw new KubernautError('UNAVAILABLE', `${id}: the connection to it broke, its result is lost`);
    }
    const how = endOf(result);
    return {
      changed: true,
      summary: `${id} in ${describeRef(target)} ${how}`,
      data: {
        ...{ command: id, container, ended: result.ended, how, elapsedMs: ctx.clock.now() - started },
        ...(result.exitCode !== undefined && {
          exitCode: result.exitCode,
          allowed: command.allowedExitCodes.includes(result.exitCode),
        }),
        output: shownOutput(result.output, { cut: result.truncated }),
      } satisfies JsonObject,
      irreversible: [`${id} was run in ${describeRef(target)}`],
    };
  },

  /** Its exit code is all that is known of it; a step after it can look whether it did what it should. */
  verify: async (_ctx, step, _validation, effect) => {
    const { exitCode, allowed, ended } = effect.data;
    const id = step.params.command;
    const data = {
      readBack: false,
      ...(exitCode !== undefined && { exitCode }),
      ...(ended !== undefined && { ended }),
    };
    return allowed === true
      ? proven(`${id} ended with ${String(exitCode)}; what it did is known to itself alone`, data)
      : refuted(ended === undefined ? `${id} was not run` : effect.summary, data);
  },
});

function mayHaveRun(id: string, why: string): KubernautError {
  return new KubernautError('PRECONDITION_FAILED', `${id} may have run: ${why}, and it is not idempotent`, {
    remedy: 'Find out whether it ran. If it may be run again, say `idempotent: true` in kubernaut.yaml.',
  });
}

function endOf({ ended, exitCode, reason }: ExecResult): string {
  if (ended === 'exited') return `ended with ${exitCode}`;
  if (ended === 'timeout') return 'did not end in time, and may still be running';
  return `did not end well: ${shownOutput(reason ?? '', { maxBytes: 300 })}`;
}
