import type { JsonObject } from '../../plan/json';
import type { KubeObject } from '../cluster/cluster';
import type { PodNeeds } from './pod-needs';

/** Whether the quota counts such pods. `unknown`: it has a scope that cannot be judged from the pod alone. */
export function countsPod(quota: KubeObject, pod: PodNeeds): boolean | 'unknown' {
  const scopes = ((quota.spec?.['scopes'] ?? []) as string[]).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  const selector = (quota.spec?.['scopeSelector'] ?? {}) as JsonObject;
  const expressions = (selector['matchExpressions'] ?? []) as JsonObject[];
  const answers = [...scopes, ...expressions].map((each) => matches(each, pod));
  if (answers.includes(false)) return false;
  return answers.includes('unknown') ? 'unknown' : true;
}

function matches({ scopeName, operator, values }: JsonObject, pod: PodNeeds): boolean | 'unknown' {
  switch (scopeName) {
    case 'BestEffort':
      return pod.bestEffort;
    case 'NotBestEffort':
      return !pod.bestEffort;
    case 'Terminating':
      return pod.terminating;
    case 'NotTerminating':
      return !pod.terminating;
    case 'PriorityClass':
      return matchesClass(String(operator), (values ?? []) as string[], pod.priorityClass);
    default:
      return 'unknown';
  }
}

/** Without a class of its own a pod gets the cluster's default one, which is not known here. */
function matchesClass(operator: string, values: string[], own: string | undefined): boolean | 'unknown' {
  if (own === undefined) return 'unknown';
  if (operator === 'In') return values.includes(own);
  if (operator === 'NotIn') return !values.includes(own);
  return operator === 'Exists';
}
