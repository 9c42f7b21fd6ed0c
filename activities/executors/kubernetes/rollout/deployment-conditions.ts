import type { Json, JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  const conditions = object.status?.conditions;
  if (!Array.isArray(conditions)) return undefined;
  return conditions.find((each) => (each as JsonObject).type === type) as unknown as Condition | undefined;
}

/** Absent counts are zero: the API leaves them out. */
export function count(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

/** Whether the controller has seen the latest spec; until then every condition and count speaks of an older one. */
export function isObserved(object: KubeObject): boolean {
  return count(object.status?.observedGeneration) >= (object.metadata.generation ?? 0);
}

/** Why a Deployment can get no further, if that is already certain. Meaningless before `isObserved`. */
export function deploymentFailure(deployment: KubeObject): string | undefined {
  const progressing = conditionOf(deployment, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    return `ProgressDeadlineExceeded: ${progressing.message ?? ''}`.slice(0, 300);
  const failure = conditionOf(deployment, 'ReplicaFailure');
  // Quota and admission refusals stay until a person acts; other creation errors may pass.
  if (failure?.status === 'True' && /exceeded quota|forbidden|denied/i.test(failure.message ?? '')) {
    return `pods cannot be created: ${failure.message ?? ''}`.slice(0, 300);
  }
  return undefined;
}
