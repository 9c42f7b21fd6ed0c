import { KubernautError } from '../plan/errors';
import type { EarlierChange, Effect, Evidence, StepRequest, Validation } from '../plan/step-io';
import { refuseDenied, refuseDeniedChanges } from './action-rules';
import type { ActionContext, ActionDefinition, ActionStep } from './contract';
import { holdToBudget, marked, warned } from './disruption/budget';
import { refuseIf } from './executors/kubernetes/target/preflight';
import { foresee } from './foresight/foresee';
import { guardedOwner } from './guarded-owner';
import { quotaHeadroom } from './quota/headroom';
import { targetFacts } from './target-facts';
import { parseParams } from './params';
import { checkEffect, checkEvidence, checkValidation } from './results';

/**
 * A family of actions with its own credentials and task queue. Every phase checks the params against the action's schema
 * and the target against its kinds before it calls the action, and holds what the action returns to its contract.
 */
export interface Executor {
  readonly type: string;
  readonly aliases: readonly string[];
  /** Names of its actions, sorted. */
  supportedActions(): string[];
  /**
   * @param earlier the step's object is looked at as it will be after these changes; where the API cannot be asked about that, as
   * it is, and the result is `unforeseen`
   */
  validate(ctx: ActionContext, step: StepRequest, earlier?: readonly EarlierChange[]): Promise<Validation>;
  execute(ctx: ActionContext, step: StepRequest, validation: Validation): Promise<Effect>;
  verify(ctx: ActionContext, step: StepRequest, validation: Validation, effect: Effect): Promise<Evidence>;
  /** @throws {KubernautError} `UNDO_IMPOSSIBLE` when the action has no rollback */
  rollback(ctx: ActionContext, step: StepRequest, validation: Validation, effect?: Effect): Promise<Effect>;
}

/**
 * An executor over `definitions`. Validate and execute hold each step to the rules of the settings (`ACTION_DENIED`) and to the
 * disruption budget (`DISRUPTION_LIMIT`); verify and rollback do not: what was done must be judged and taken back also where it
 * has been forbidden since. All phases throw `ACTION_UNKNOWN`, `PARAMS_INVALID`, `PRECONDITION_FAILED` (missing target
 * or wrong kind), `OUTPUT_TOO_LARGE`, `DEADLINE_EXCEEDED` (already past when asked), and whatever the action throws.
 */
export function createExecutor(
  type: string,
  aliases: readonly string[],
  definitions: Iterable<ActionDefinition>,
): Executor {
  const actions = new Map([...definitions].map((definition) => [definition.name, definition]));

  const prepare = (
    ctx: ActionContext,
    step: StepRequest,
  ): { action: ActionDefinition; checked: ActionStep<unknown> } => {
    const action = actions.get(step.action);
    if (action === undefined) {
      throw new KubernautError('ACTION_UNKNOWN', `executor ${type} has no action ${step.action}`);
    }
    const checked = { ...step, params: parseParams(action, step.params) };
    checkTarget(action, step);
    if (ctx.clock.now() >= ctx.deadline) {
      throw new KubernautError(
        'DEADLINE_EXCEEDED',
        `${step.action}: the deadline of step ${step.stepId} has passed already`,
      );
    }
    return { action, checked };
  };

  const validateIn = async (ctx: ActionContext, step: StepRequest): Promise<Validation> => {
    const { action, checked } = prepare(ctx, step);
    refuseDenied(step, checked.params, ctx.settings);
    const found = checkValidation(await action.validate(ctx, checked), `${action.name}.validate returned`);
    refuseDeniedChanges(step, found.diff, ctx.settings);
    const { target, diff } = found;
    const [passed, room] = await Promise.all([
      found.noEffect ? undefined : holdToBudget(ctx, { action, step, target, diff }),
      ctx.settings.quota && action.clusterScoped ? quotaHeadroom(ctx, target, diff) : undefined,
    ]);
    if (target !== undefined) refuseIf(target, room?.problems ?? []);
    const validation = warned(found, [
      ...(room?.warnings ?? []),
      ...[...(ctx.serverWarnings ?? [])].map((text) => `the API server warns: ${text}`),
      ...(passed === undefined ? [] : [passed]),
    ]);
    if (!action.clusterScoped || target === undefined) return validation;
    const [owner, facts] = await Promise.all([
      action.readOnly ? undefined : guardedOwner(ctx, target),
      ctx.settings.targetFacts ? targetFacts(ctx, target) : undefined,
    ]);
    return { ...validation, ...(owner && { owner }), ...(facts && { facts }) };
  };

  return {
    type,
    aliases,
    supportedActions: () => [...actions.keys()].sort(),
    validate: (ctx, step, earlier = []) => foresee(ctx, earlier, (seen) => validateIn(seen, step)),
    async execute(ctx, step, validation) {
      const { action, checked } = prepare(ctx, step);
      // Not only in the preview: rules may have come since, and a step may get here without one.
      refuseDenied(step, checked.params, ctx.settings);
      refuseDeniedChanges(step, validation.diff, ctx.settings);
      // The preview may be old, and others may have taken their share since.
      const { target, diff } = validation;
      const passed = await holdToBudget(ctx, { action, step, target, diff });
      const effect = checkEffect(await action.execute(ctx, checked, validation), `${action.name}.execute returned`);
      for (const text of ctx.serverWarnings ?? []) ctx.log.warn(`the API server warns: ${text}`);
      return marked(effect, passed);
    },
    async verify(ctx, step, validation, effect) {
      const { action, checked } = prepare(ctx, step);
      return checkEvidence(await action.verify(ctx, checked, validation, effect), `${action.name}.verify returned`);
    },
    async rollback(ctx, step, validation, effect) {
      const { action, checked } = prepare(ctx, step);
      if (action.rollback === undefined) {
        throw new KubernautError('UNDO_IMPOSSIBLE', `${action.name} is ${action.reversibility}: it has no rollback`);
      }
      return checkEffect(await action.rollback(ctx, checked, validation, effect), `${action.name}.rollback returned`);
    },
  };
}

function checkTarget(action: ActionDefinition, step: StepRequest): void {
  const kinds = action.targetKinds;
  if (kinds.length === 0) {
    if (step.target !== undefined) {
      throw new KubernautError(
        'PRECONDITION_FAILED',
        `${action.name} takes no target, but was given ${step.target.kind}`,
      );
    }
  } else if (step.target === undefined) {
    throw new KubernautError('PRECONDITION_FAILED', `${action.name} needs a target (${kinds.join(', ')})`);
  } else if (!kinds.includes(step.target.kind)) {
    throw new KubernautError(
      'PRECONDITION_FAILED',
      `${action.name} applies to ${kinds.join(', ')}, not to ${step.target.kind} ${step.target.name}`,
    );
  }
}
