import { Context } from '@temporalio/activity';
import type { GuardedScope } from '../plan/guard/messages';
import { Phase } from '../plan/step-io';
import type {
  Effect,
  Evidence,
  ExecuteInput,
  RollbackInput,
  StepRequest,
  ValidateInput,
  Validation,
  VerifyInput,
} from '../plan/step-io';
import { logFields, openActionContext, type ActionResources, type ActivityHost } from './action-context';
import { noObserver, type ActionObserver, type PhaseOutcome } from './action-observer';
import { systemClock } from './clock';
import type { ActionContext, ActionDefinition, Clock } from './contract';
import { checkFence } from './guard';
import type { Executor } from './executor';
import type { Brake } from './stop/brake';
import { codeOf, toFailure } from './failure';
import type { ActionRegistry } from './registry';

export interface ActivityRuntimeOptions extends ActionResources {
  registry: ActionRegistry;
  /** Which actions get activities. Default: all. */
  serves?: (definition: ActionDefinition) => boolean;
  observer?: ActionObserver;
  clock?: Clock;
  /** Asked before a step that changes something begins, and before each further attempt. Default: there is no kill switch. */
  brake?: Brake;
}

export type Activities = Record<string, (input: never) => Promise<unknown>>;

/**
 * The activities of the registered actions: `<action>.<phase>` for each of the four phases, with one object as input
 * (`ValidateInput` … `RollbackInput` of plan/step-io.ts). Irreversible actions have a rollback activity, too: it answers
 * `UNDO_IMPOSSIBLE`, which tells more than an activity type that nobody knows.
 *
 * They fail only with an `ApplicationFailure` whose type is a code of plan/errors.ts, or as cancelled. See {@link toFailure}.
 */
export function createActionActivities(options: ActivityRuntimeOptions): Activities {
  const { registry, serves = () => true } = options;
  const executors = new Map(registry.executorTypes().map(({ type }) => [type, registry.executor(type)]));
  const activities: Activities = {};
  for (const definition of registry.list().filter(serves)) {
    const executor = executors.get(definition.executor)!;
    for (const phase of Object.values(Phase)) {
      const call = caller(executor, phase, definition.readOnly ? undefined : options.brake);
      activities[`${definition.name}.${phase}`] = (input: PhaseInput) =>
        runPhase(Context.current(), { executor: executor.type, phase, step: input.step }, options, (ctx) =>
          call(ctx, input),
        );
    }
  }
  return activities;
}

/** Not for rollback: the undo is exempt from every guard. */
async function checkOwnFence(guards: readonly GuardedScope[]): Promise<void> {
  const { client, info } = Context.current();
  const own = info.workflowExecution?.workflowId ?? '';
  // A sub-plan acts under guards of the run around it, too.
  await Promise.all(guards.map((guard) => checkFence(client, guard.holder ?? own, [guard])));
}

type PhaseInput = ValidateInput | ExecuteInput | VerifyInput | RollbackInput;
type PhaseResult = Validation | Effect | Evidence;

function caller(
  executor: Executor,
  phase: Phase,
  brake: Brake | undefined,
): (ctx: ActionContext, input: PhaseInput) => Promise<PhaseResult> {
  switch (phase) {
    case 'validate':
      return (ctx, input) => executor.validate(ctx, input.step, (input as ValidateInput).earlier);
    case 'execute':
      return async (ctx, input) => {
        const { guards, undo, cluster } = input.step;
        // The one place for all executors. An undo is never stopped: neither rollback nor the step of an explicit one.
        if (!undo) await brake?.check(cluster, ctx.attempt);
        if (guards?.length) await checkOwnFence(guards);
        return executor.execute(ctx, input.step, (input as ExecuteInput).validation);
      };
    case 'verify':
      return (ctx, input) =>
        executor.verify(ctx, input.step, (input as VerifyInput).validation, (input as VerifyInput).effect);
    case 'rollback':
      return (ctx, input) =>
        executor.rollback(ctx, input.step, (input as RollbackInput).validation, (input as RollbackInput).effect);
  }
}

/** Runs one attempt of one phase: context, heartbeat, metrics, log line, and the error as history may see it. */
export async function runPhase<T extends PhaseResult>(
  host: ActivityHost,
  what: { executor: string; phase: Phase; step: StepRequest },
  options: Omit<ActivityRuntimeOptions, 'registry' | 'serves'>,
  call: (ctx: ActionContext) => Promise<T>,
): Promise<T> {
  const { executor, phase, step } = what;
  const { observer = noObserver, clock = systemClock } = options;
  const startedAt = clock.now();
  const { currentAttemptScheduledTimestampMs: queuedAt } = host.info;
  const ended = observer.started({
    ...{ action: step.action, executor, phase, cluster: step.cluster },
    // Clocks of server and worker may differ a little.
    ...(queuedAt !== undefined && { waitMs: Math.max(0, startedAt - queuedAt) }),
  });
  const report = (level: 'info' | 'warn', outcome: PhaseOutcome, fields: Record<string, unknown>) => {
    ended(outcome);
    const durationMs = clock.now() - startedAt;
    host.log[level](`${step.action}.${phase} ${outcome}`, {
      ...fields,
      ...logFields(step, phase),
      outcome,
      durationMs,
    });
  };
  const open = openActionContext(host, step, phase, { ...options, clock });
  try {
    open.ctx.signal.throwIfAborted();
    const result = await call(open.ctx);
    report('info', outcomeOf(result), { summary: result.summary });
    return result;
  } catch (error) {
    const failure = toFailure(error, `${step.action}.${phase}`, open.stopped());
    const code = codeOf(failure);
    // The log may know more than history: where a bug of ours came from. The logger redacts it.
    const stack = code === 'INTERNAL' && error instanceof Error ? { stack: error.stack } : {};
    report('warn', code, { reason: failure.message, ...stack });
    throw failure;
  } finally {
    open.close();
  }
}

function outcomeOf(result: PhaseResult): PhaseOutcome {
  if ('verified' in result) return result.verified ? 'ok' : 'unverified';
  if ('noEffect' in result) return result.noEffect ? 'no_effect' : 'ok';
  return result.changed ? 'ok' : 'no_effect';
}
