import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import { stepSpec, actionMeta } from '../plan/core/draft';
import type { RunContext, StepState } from '../plan/core/state';
import { durationMs } from '../plan/duration';
import { KubernautError } from '../plan/errors';
import type { JsonObject } from '../plan/json';
import type { CompensationStep, Step, Target } from '../plan/model';
import type { EarlierChange, Effect, Evidence, Phase, StepRequest, Validation } from '../plan/step-io';
import type { CheckCall } from '../plan/verify-checks';
import { taskQueueOf } from '../plan/task-queues';
import { operationIdOf } from './operation-id';

/** One call of an action's phase as an activity `<action>.<phase>` on the queue of its executor and cluster. */
export interface PhaseCall {
  action: string;
  phase: Phase;
  request: StepRequest;
  input: JsonObject;
  summary: string;
  options: ActivityOptions;
}

/** A worker that says nothing for this long is taken for lost, and another goes on with the step. */
const HEARTBEAT_TIMEOUT = '10s';
/** How long an undo may take in all; it is never given up because the plan's own time is over. */
const UNDO_TIMEOUT = '1h';

const SUMMARY_LENGTH = 200;

export class Phases {
  constructor(private readonly run: RunContext) {}

  /** @param earlier what earlier steps will have done to the step's object */
  validate(id: string, step: StepState, earlier: readonly EarlierChange[] = []): Promise<Validation> {
    const request = this.request(id, step);
    return this.call<Validation>({
      action: request.action,
      phase: 'validate',
      request,
      input: plain({ step: request, ...(earlier.length > 0 && { earlier }) }),
      summary: `${request.action} ${targetText(request.target)}`,
      options: validateOptions,
    });
  }

  /** Whether a condition of the step can be looked at, and what it would say now. */
  previewCheck(id: string, step: StepState, index: number, check: CheckCall): Promise<Validation> {
    const request = this.checkRequest(id, step, index, check);
    return this.call<Validation>({
      action: check.action,
      phase: 'validate',
      request,
      input: plain({ step: request }),
      summary: `condition of ${id}: ${check.action}`,
      options: validateOptions,
    });
  }

  /** Waits until a condition of the step holds, or is refuted. */
  check(id: string, step: StepState, index: number, check: CheckCall): Promise<Evidence> {
    const request = this.checkRequest(id, step, index, check);
    const validation = step.checks?.[index]?.validation;
    const summary = validation?.summary ?? check.action;
    return this.call<Evidence>({
      action: check.action,
      phase: 'verify',
      request,
      // It only reads: there is nothing to execute.
      input: plain({ step: request, validation, effect: { changed: false, summary, data: {} } }),
      summary: `verify ${id}: ${summary}`,
      options: { ...within(step.deadline), retry: retryOf(stepSpec(this.run, id)) },
    });
  }

  execute(id: string, step: StepState): Promise<Effect> {
    const request = { ...this.request(id, step, step.deadline), ...(step.guards && { guards: step.guards }) };
    return this.call<Effect>({
      action: request.action,
      phase: 'execute',
      request,
      input: plain({ step: request, validation: step.validation }),
      summary: step.validation?.summary ?? request.action,
      options: { ...within(step.deadline), retry: retryOf(stepSpec(this.run, id)) },
    });
  }

  verify(id: string, step: StepState): Promise<Evidence> {
    const request = this.request(id, step, step.deadline);
    return this.call<Evidence>({
      action: request.action,
      phase: 'verify',
      request,
      input: plain({ step: request, validation: step.validation, effect: step.effect }),
      summary: `verify: ${step.validation?.summary ?? request.action}`,
      options: { ...within(step.deadline), retry: retryOf(stepSpec(this.run, id)) },
    });
  }

  /** The action's own rollback. */
  rollback(id: string, step: StepState): Promise<Effect> {
    const request = this.request(id, step);
    return this.call<Effect>({
      action: request.action,
      phase: 'rollback',
      request,
      input: plain({ step: request, validation: step.validation, effect: step.effect }),
      summary: `undo: ${step.validation?.summary ?? request.action}`,
      options: undoOptions,
    });
  }

  /** An explicit compensation step: validated, executed and verified like any other, with the patience of an undo. */
  async compensate(id: string, compensation: CompensationStep): Promise<Effect> {
    const { action, params, target } = compensation;
    const own = target ?? stepSpec(this.run, id).target;
    const stepId = `${id}:rollback`;
    const request: StepRequest = {
      operationId: operationIdOf(this.run, stepId),
      stepId,
      action,
      cluster: own?.cluster ?? this.run.plan.spec.cluster,
      params,
      ...(own && { target: own }),
      undo: true,
    };
    const call = { action, request, options: undoOptions };
    const start = `undo of ${id}: ${action}`;
    const validation = await this.call<Validation>({
      ...call,
      phase: 'validate',
      input: plain({ step: request }),
      summary: start,
    });
    if (validation.noEffect) return { changed: false, summary: validation.summary, data: {} };
    if (validation.approval !== undefined) {
      // Nobody is asked in the middle of an undo; the effect is then named as left behind.
      const why = `undoing ${id} with ${action} needs a person: ${validation.approval}`;
      throw new KubernautError('PRECONDITION_FAILED', why);
    }
    const summary = `undo of ${id}: ${validation.summary}`;
    const effect = await this.call<Effect>({
      ...call,
      phase: 'execute',
      input: plain({ step: request, validation }),
      summary,
    });
    await this.call({
      ...call,
      phase: 'verify',
      input: plain({ step: request, validation, effect }),
      summary: `verify ${summary}`,
    });
    return effect;
  }

  /** Conditions have no target; they are looked at where the step is done. */
  private checkRequest(id: string, step: StepState, index: number, { action, params }: CheckCall): StepRequest {
    const { target: _, ...request } = this.request(id, step, step.deadline);
    const stepId = `${id}:check/${index}`;
    return { ...request, operationId: operationIdOf(this.run, stepId), stepId, action, params };
  }

  private request(id: string, step: StepState, deadline = Infinity): StepRequest {
    const spec = stepSpec(this.run, id);
    const target = step.validation?.target ?? step.target ?? spec.target;
    const { breakGlass } = this.run.plan.spec.guards ?? {};
    return {
      operationId: operationIdOf(this.run, id, step),
      stepId: id,
      action: spec.action,
      cluster: target?.cluster ?? this.run.plan.spec.cluster,
      ...(target && { target }),
      params: step.params ?? spec.params,
      ...(Number.isFinite(deadline) && { deadline: new Date(deadline).toISOString() }),
      ...(breakGlass !== undefined && { breakGlass }),
    };
  }

  private call<R>(call: PhaseCall): Promise<R> {
    return callAction<R>(actionMeta(this.run, call.action), call);
  }
}

/** Schedules the activity; `meta` says on which queue. */
export function callAction<R>(
  meta: Parameters<typeof taskQueueOf>[0],
  { action, phase, request, input, summary, options }: PhaseCall,
): Promise<R> {
  const activities = proxyActivities<Record<string, (input: JsonObject) => Promise<R>>>({
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    // Not the default: the undo must not start while the activity still works on its target.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    taskQueue: taskQueueOf(meta, request.cluster),
    summary: summary.slice(0, SUMMARY_LENGTH),
    ...options,
  });
  return activities[`${action}.${phase}`]!(input);
}

const validateOptions: ActivityOptions = {
  startToCloseTimeout: '60s',
  // A queue that nobody serves must be told from work that takes long.
  scheduleToStartTimeout: '4m',
  scheduleToCloseTimeout: '5m',
  retry: { maximumAttempts: 5, initialInterval: '500ms', maximumInterval: '10s' },
};

const undoOptions: ActivityOptions = {
  startToCloseTimeout: '10m',
  scheduleToCloseTimeout: UNDO_TIMEOUT,
  retry: { maximumAttempts: 10, initialInterval: '1s', maximumInterval: '30s' },
};

function retryOf({ retry }: Step): ActivityOptions['retry'] {
  return {
    maximumAttempts: retry.attempts,
    initialInterval: durationMs(retry.initialInterval),
    backoffCoefficient: retry.backoff,
    maximumInterval: durationMs(retry.maxInterval),
  };
}

/** A little beyond the step's deadline: the activity itself knows best what it was waiting for, and says so first. */
function within(deadline = Infinity): ActivityOptions {
  const left = Number.isFinite(deadline) ? Math.max(1000, deadline - Date.now()) + GRACE_MS : durationMs('10m');
  return { scheduleToStartTimeout: left - GRACE_MS / 2, startToCloseTimeout: left, scheduleToCloseTimeout: left };
}
const GRACE_MS = 5000;

function plain(value: object): JsonObject {
  return value as JsonObject;
}

function targetText(target: Target | undefined): string {
  return target ? `${target.kind} ${target.namespace ? `${target.namespace}/` : ''}${target.name}` : '';
}
