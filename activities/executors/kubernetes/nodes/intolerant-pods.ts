import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { isFinished } from '../pods/pod';
import type { Taint } from './taint';

/** Pods that a NoExecute taint drives off their node; after the API's own rules for tolerations. */
export function intolerantPods(pods: readonly KubeObject[], taint: Taint): KubeObject[] {
  return pods.filter((pod) => {
    const tolerations = (pod.spec?.tolerations ?? []) as JsonObject[];
    return !isFinished(pod) && !tolerations.some((each) => tolerates(each, taint));
  });
}

function tolerates({ key, operator = 'Equal', value = '', effect }: JsonObject, taint: Taint): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (key === undefined || key === '') return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
}
