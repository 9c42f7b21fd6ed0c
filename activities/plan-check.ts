import { checkPlan } from '../plan/check';
import { ENGINE_REVISION } from '../plan/core/state';
import type { GuardSettings } from '../plan/guard/settings';
import type { ErrorCode } from '../plan/errors';
import type { RemediationPlan } from '../plan/model';
import type { Problem } from '../plan/outcome';
import { ProblemCode, type PlanProblem, type PlanWarning } from '../plan/problem';
import { callOfCheck } from '../plan/verify-checks';
import type { ActionMeta } from '../plan/step-io';
import type { Activities } from './activity-runtime';
import { toFailure } from './failure';
import { actionMeta, type ActionRegistry } from './registry';

/** Answer of the activity `plan.check`. */
export type PlanCheck =
  | {
      ok: true;
      /** With every default filled in. */
      plan: RemediationPlan;
      /** The facts about every action that the plan names, those of explicit rollback steps and of conditions included. */
      actions: Record<string, ActionMeta>;
      warnings: PlanWarning[];
      /** Absent in histories from before it was recorded. */
      revision?: number;
      /** Absent: guards are switched off. */
      guards?: GuardSettings;
      /** Policies are in force here: the run must ask them. */
      policy?: true;
      /** Only signed decisions count. */
      verifiedOnly?: true;
      /** Ended remediations are exported here: the run announces its end. */
      audit?: true;
    }
  | { ok: false; problems: PlanCheckProblem[]; audit?: true };

/** `code` is one of the error catalogue, the message begins with the path, as `spec.steps[0].params.replicas: …`. */
export interface PlanCheckProblem extends Problem {
  path: string;
  /** The plan language's own, finer code. */
  problem: ProblemCode;
}

/**
 * `plan.check` as a local activity of the main queue: whatever has started a remediation, its plan is held against the actions
 * that exist here and now. A local activity, because it reads only this process; its answer is in history, so that a later
 * release with other actions cannot change the course of a run.
 */
export function createPlanActivities(
  registry: ActionRegistry,
  {
    guards,
    policy,
    verifiedOnly,
    audit,
  }: { guards?: GuardSettings | undefined; policy?: boolean; verifiedOnly?: boolean; audit?: boolean } = {},
): Activities {
  return {
    'plan.check': async (input: { plan: unknown }): Promise<PlanCheck> => {
      try {
        const check = planCheck(registry, input.plan);
        const exported = audit && { audit: true as const };
        if (!check.ok) return { ...check, ...exported };
        const inForce = {
          ...exported,
          ...(policy && { policy: true as const }),
          ...(verifiedOnly && { verifiedOnly: true as const }),
        };
        return { ...check, ...(guards && { guards }), ...inForce };
      } catch (error) {
        throw toFailure(error, 'plan.check');
      }
    },
  };
}

/** The same outside of Temporal. */
export function planCheck(registry: ActionRegistry, document: unknown): PlanCheck {
  const result = checkPlan(document, { actions: registry });
  if (!result.ok) return { ok: false, problems: result.problems.map(withCatalogueCode) };
  const { plan, warnings } = result;
  const names = plan.spec.steps.flatMap(({ action, rollback, verify }) => [
    action,
    ...(rollback.mode === 'step' ? [rollback.step.action] : []),
    ...(verify.checks ?? []).map((check) => callOfCheck(check).action),
  ]);
  const actions = Object.fromEntries([...new Set(names)].map((name) => [name, actionMeta(registry.get(name))]));
  return { ok: true, plan, actions, warnings, revision: ENGINE_REVISION };
}

const CATALOGUE_CODE: Partial<Record<ProblemCode, ErrorCode>> = {
  [ProblemCode.unknownAction]: 'ACTION_UNKNOWN',
  [ProblemCode.paramsInvalid]: 'PARAMS_INVALID',
};

function withCatalogueCode({ path, code, message, remedy }: PlanProblem): PlanCheckProblem {
  const shown = path === '' ? message : `${path}: ${message}`;
  return { code: CATALOGUE_CODE[code] ?? 'PLAN_INVALID', message: shown, remedy, path, problem: code };
}
