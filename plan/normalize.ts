import type { ActionCatalog } from './action-catalog';
import { durationMs } from './duration';
import type { Json, JsonObject } from './json';
import {
  OnFailure,
  RollbackStrategy,
  type Approval,
  type CompensationStep,
  type EscalationStage,
  type ForEach,
  type PlanGuards,
  type PlanMetadata,
  type RemediationPlan,
  type Retry,
  type Step,
  type StepRollback,
  type StepVerify,
  type Target,
  type VerifyCheck,
} from './model';
import type {
  WrittenApproval,
  WrittenCompensation,
  WrittenPlan,
  WrittenRollback,
  WrittenStep,
  WrittenTarget,
} from './schema';
import { inheriting, subPlanDocument } from './sub-plan';
import { parseTarget } from './target-text';
import { bareExpression } from './template';

/**
 * The one place that fills in defaults and settles short forms. The document must have passed all checks. A normalized plan
 * comes out as it went in (with `actions`, steps whose action always asks a person come out asking), so that the workflow can have a plan checked again that the client checked already.
 */
export function normalizePlan(
  { apiVersion, kind, metadata, spec }: WrittenPlan,
  actions?: ActionCatalog,
): RemediationPlan {
  const cluster = spec.cluster ?? 'default';
  const whole = spec.steps.map((step) => withSubPlan(step, { cluster, requester: metadata.requester }, actions));
  return {
    apiVersion,
    kind,
    metadata: metadata as PlanMetadata,
    spec: {
      cluster,
      timeout: spec.timeout ?? '2h',
      rollbackStrategy: spec.rollbackStrategy ?? RollbackStrategy.automatic,
      dryRun: spec.dryRun ?? false,
      approval: normalizeApproval(spec.approval),
      ...(spec.guards !== undefined && { guards: spec.guards as PlanGuards }),
      steps: whole.map((step, index) => normalizeStep(step, whole[index - 1], cluster, actions)),
    },
  };
}

/** A sub-plan is normalized with the plan around it; its step has as much time as the plan in it asks for. */
function withSubPlan(
  step: WrittenStep,
  outer: { cluster: string; requester: string },
  actions: ActionCatalog | undefined,
): WrittenStep {
  const written = subPlanDocument(step as { action: string; params?: JsonObject });
  if (written === undefined) return step;
  const plan = normalizePlan(inheriting(written, outer) as unknown as WrittenPlan, actions);
  return { ...step, params: { ...step.params, plan }, timeout: step.timeout ?? plan.spec.timeout };
}

function normalizeStep(
  step: WrittenStep,
  previous: WrittenStep | undefined,
  cluster: string,
  actions?: ActionCatalog,
): Step {
  const always = actions?.meta?.(step.action)?.approval === 'always';
  const critical = step.critical ?? true;
  return {
    id: step.id,
    action: step.action,
    ...(step.target !== undefined && { target: normalizeTarget(step.target, cluster) }),
    params: (step.params ?? {}) as JsonObject,
    dependsOn: step.dependsOn ? [...new Set(step.dependsOn)] : previous ? [previous.id] : [],
    ...(step.when !== undefined && { when: bareExpression(step.when) }),
    timeout: step.timeout ?? '10m',
    retry: normalizeRetry(step.retry),
    verify: normalizeVerify(step.verify),
    critical,
    onFailure: step.onFailure ?? (critical ? OnFailure.rollback : OnFailure.continue),
    rollback: normalizeRollback(step.rollback, cluster),
    temporary: step.temporary ?? false,
    ...(step.forEach !== undefined && { forEach: normalizeForEach(step.forEach) }),
    approval: { ...normalizeApproval(step.approval), ...(always && { required: true }) },
  };
}

function normalizeTarget(target: WrittenTarget, cluster: string): Target {
  const fields = typeof target === 'string' ? parseTarget(target) : target;
  if (fields === undefined) throw new TypeError(`the target ${String(target)} was not checked`);
  return { cluster, ...fields };
}

/** Conditions written into `verify` itself stand first in the list. */
function normalizeVerify(verify: WrittenStep['verify'] = {}): StepVerify {
  const { expect, timeout, alertResolved, checks: listed = [], ...query } = verify;
  const alert = alertResolved === undefined ? [] : [{ alertResolved }];
  const checks = [...(query.query === undefined ? [] : [query]), ...alert, ...listed] as VerifyCheck[];
  return {
    ...(expect !== undefined && { expect: bareExpression(expect) }),
    ...(timeout !== undefined && { timeout }),
    ...(checks.length > 0 && { checks }),
  };
}

/** A long first wait must not exceed the longest one: that would be refused when the step is to run. */
function normalizeRetry(retry: WrittenStep['retry'] = {}): Retry {
  const initialInterval = retry.initialInterval ?? '1s';
  const usual = '30s';
  return {
    attempts: retry.attempts ?? 3,
    initialInterval,
    backoff: retry.backoff ?? 2,
    maxInterval: retry.maxInterval ?? (durationMs(initialInterval) > durationMs(usual) ? initialInterval : usual),
  };
}

function normalizeApproval(approval: WrittenApproval | undefined): Approval {
  const given = typeof approval === 'object' ? approval : { required: approval === 'required' };
  const {
    required,
    quorum,
    groups,
    deadline,
    remindEvery,
    notify,
    escalation,
    runWithin,
  }: Exclude<WrittenApproval, string> = given;
  return {
    required,
    // A quorum of one is what there was before there were quorums: the digest of such a plan stays what it was.
    ...(quorum !== undefined && quorum > 1 && { quorum }),
    ...(groups && { groups }),
    deadline: deadline ?? '60m',
    remindEvery: remindEvery ?? '15m',
    ...(notify !== undefined && { notify }),
    ...(escalation && { escalation: escalation as EscalationStage[] }),
    ...(runWithin !== undefined && { runWithin }),
  };
}

function normalizeRollback(rollback: WrittenRollback | undefined, cluster: string): StepRollback {
  if (rollback === undefined) return { mode: 'auto' };
  if (typeof rollback === 'string') return { mode: rollback };
  if ('action' in rollback) return { mode: 'step', step: normalizeCompensation(rollback, cluster) };
  if (rollback.mode === 'step') return { mode: 'step', step: normalizeCompensation(rollback.step, cluster) };
  return { mode: rollback.mode };
}

function normalizeCompensation({ action, target, params }: WrittenCompensation, cluster: string): CompensationStep {
  return {
    action,
    ...(target !== undefined && { target: normalizeTarget(target, cluster) }),
    params: (params ?? {}) as JsonObject,
  };
}

function normalizeForEach(forEach: NonNullable<WrittenStep['forEach']>): ForEach {
  return {
    in: typeof forEach.in === 'string' ? bareExpression(forEach.in) : (forEach.in as Json[]),
    as: forEach.as ?? 'item',
    max: forEach.max ?? 20,
    parallel: forEach.parallel ?? false,
  };
}
