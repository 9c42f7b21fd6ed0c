import { digestOf } from '../digest';
import type { Json, JsonObject } from '../json';
import { stepSpec } from './draft';
import type { RunContext, RunState, StepState } from './state';

/**
 * What an approver approves of one step: the action on this very object, its params, and the diff. A step that depends on
 * earlier ones is approved by its wish (its params as written): the diff is known only when they have ended.
 */
export function stepDigest(run: RunContext, state: RunState, id: string): string {
  return digestOf(stepBasis(run, id, state.steps[id]) as Json);
}

function stepBasis(run: RunContext, id: string, step: StepState | undefined): JsonObject {
  const spec = stepSpec(run, id);
  if (step === undefined || step.knownAfter.length > 0) {
    return {
      id,
      action: spec.action,
      target: (spec.target ?? {}) as Json,
      params: step?.override?.params ?? spec.params,
      item: step?.item ?? {},
    };
  }
  const target = step.validation?.target;
  return {
    id,
    action: spec.action,
    target: target
      ? {
          cluster: target.cluster,
          kind: target.kind,
          namespace: target.namespace ?? '',
          name: target.name,
          uid: target.uid ?? '',
        }
      : {},
    params: step.params ?? spec.params,
    diff: (step.validation?.diff ?? []) as unknown as Json,
  };
}

/**
 * Digest of the whole preview: the defaulted plan and what each step would do. Whether it was a dry run is left out, so
 * that the digest of a preview is the one to approve when the plan is run and nothing has changed.
 */
export function planDigest(run: RunContext, state: RunState): string {
  const { dryRun: _, ...spec } = run.plan.spec;
  const steps = state.order.map((id) => stepBasis(run, id, state.steps[id]));
  return digestOf({ plan: { ...run.plan, spec }, steps } as unknown as Json);
}

/** What an approver of a rollback approves: the undo of exactly these steps. */
export function rollbackDigest(run: RunContext, state: RunState, steps: string[]): string {
  return digestOf({ rollback: steps, plan: planDigest(run, state) });
}
