import { evaluateCel } from '../cel';
import { KubernautError } from '../errors';
import type { Json, JsonObject } from '../json';
import type { CompensationStep, Target } from '../model';
import { renderTemplates } from '../template';
import { callOfCheck, type CheckCall } from '../verify-checks';
import { planStepId, stepSpec } from './draft';
import type { RunContext, RunState, StepState } from './state';

/** What expressions see of the run: `plan`, `steps.<id>`, and the loop variable inside a forEach step. */
export function variables(run: RunContext, state: RunState, id: string): JsonObject {
  const { metadata, spec } = run.plan;
  const steps: JsonObject = {};
  for (const step of state.order) {
    if (planStepId(step) === step) steps[step] = stepVariable(state, step);
  }
  const own = state.steps[id];
  const loop = stepSpec(run, id).forEach;
  return {
    plan: {
      name: metadata.name,
      reason: metadata.reason,
      requester: metadata.requester,
      incident: metadata.incident ?? '',
      labels: metadata.labels ?? {},
      cluster: spec.cluster,
    },
    steps,
    ...(loop && own?.item !== undefined && { [loop.as]: own.item }),
  };
}

function stepVariable(state: RunState, id: string): JsonObject {
  const step = state.steps[id];
  if (step === undefined) return {};
  const items = step.instances?.map((instance): Json => outputs(state.steps[instance]));
  return { ...outputs(step), ...(items && { items }) };
}

function outputs(step: StepState | undefined): JsonObject {
  if (step === undefined) return {};
  return {
    status: step.status,
    effect: step.effect?.data ?? {},
    evidence: step.evidence?.data ?? {},
    error: step.error ? { code: step.error.code, message: step.error.message } : {},
  };
}

/** Whether the step is to run; throws EXPRESSION_FAILED when the condition is no boolean. */
export function whenHolds(run: RunContext, state: RunState, id: string): boolean {
  const { when } = stepSpec(run, id);
  return when === undefined || truth(when, variables(run, state, id), `when of step ${id}`);
}

/** `verify.expect` of the step over its own evidence and effect. */
export function expectHolds(run: RunContext, state: RunState, id: string): boolean {
  const expression = stepSpec(run, id).verify.expect;
  if (expression === undefined) return true;
  const step = state.steps[id];
  const scope = {
    ...variables(run, state, id),
    evidence: step?.evidence?.data ?? {},
    effect: step?.effect?.data ?? {},
  };
  return truth(expression, scope, `verify.expect of step ${id}`);
}

function truth(expression: string, scope: JsonObject, where: string): boolean {
  const value = evaluateCel(expression, scope);
  if (typeof value !== 'boolean') {
    throw new KubernautError(
      'EXPRESSION_FAILED',
      `${where} must give true or false, but ${expression} gave ${typeof value}`,
    );
  }
  return value;
}

export function renderStep(run: RunContext, state: RunState, id: string): { params: JsonObject; target?: Target } {
  const spec = stepSpec(run, id);
  const scope = variables(run, state, id);
  const params = renderTemplates(spec.params, scope) as JsonObject;
  if (spec.target === undefined) return { params };
  return { params, target: renderTemplates({ ...spec.target }, scope) as unknown as Target };
}

/** An explicit rollback step, with what is known when the undo begins. */
export function renderCompensation(
  run: RunContext,
  state: RunState,
  id: string,
  compensation: CompensationStep,
): CompensationStep {
  return renderTemplates(compensation as unknown as Json, variables(run, state, id)) as unknown as CompensationStep;
}

/** A condition of `verify` as it is to be looked at; its templates speak of earlier steps. */
export function renderCheck(run: RunContext, state: RunState, id: string, index: number): CheckCall {
  const { action, params } = callOfCheck(stepSpec(run, id).verify.checks![index]!);
  return { action, params: renderTemplates(params, variables(run, state, id)) as JsonObject };
}

/** The items of a forEach step; throws EXPRESSION_FAILED when they are no list or too many. */
export function loopItems(run: RunContext, state: RunState, id: string): Json[] {
  const loop = stepSpec(run, id).forEach;
  if (loop === undefined) return [];
  const items = typeof loop.in === 'string' ? evaluateCel(loop.in, variables(run, state, id)) : loop.in;
  if (!Array.isArray(items)) throw new KubernautError('EXPRESSION_FAILED', `forEach.in of step ${id} must give a list`);
  if (items.length > loop.max) {
    throw new KubernautError(
      'EXPRESSION_FAILED',
      `forEach of step ${id} gives ${items.length} items, more than its max ${loop.max}`,
    );
  }
  return items;
}
