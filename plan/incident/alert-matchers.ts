import type { JsonObject } from '../json';
import type { Alert, IncidentOwner } from './types';

/** Labels that say what an alert is about; others (a value, a rule's own) may differ between one firing and the next. */
const TELLING = [
  'namespace',
  'deployment',
  'statefulset',
  'daemonset',
  'cronjob',
  'job_name',
  'node',
  'persistentvolumeclaim',
  'horizontalpodautoscaler',
  'service',
];
/** Since revision 1. */
const MORE_TELLING = ['poddisruptionbudget', 'resourcequota'];

const MAX_QUESTIONS = 10;

/**
 * The params of `check_alert` that ask for each of the alerts once. A pod of a workload gets another name when it is replaced,
 * so its alert is looked for at every pod of the workload.
 */
export function alertMatchers(alerts: readonly Alert[], owner: IncidentOwner, revision = 0): JsonObject[][] {
  const telling = revision >= 1 ? [...TELLING, ...MORE_TELLING] : TELLING;
  const questions = new Map<string, JsonObject[]>();
  for (const { name, labels } of alerts) {
    const matchers: JsonObject[] = [
      { name: 'alertname', value: name },
      ...telling.flatMap((label) => (labels[label] === undefined ? [] : [{ name: label, value: labels[label] }])),
      ...podMatcher(labels['pod'], owner),
    ];
    questions.set(JSON.stringify(matchers), matchers);
  }
  return [...questions.values()].slice(0, MAX_QUESTIONS);
}

function podMatcher(pod: string | undefined, { kind, name }: IncidentOwner): JsonObject[] {
  if (pod === undefined || kind === 'Node') return [];
  if (kind === 'Pod' || !pod.startsWith(`${name}-`)) return [{ name: 'pod', value: pod }];
  return [{ name: 'pod', value: `${name.replaceAll('.', '[.]')}-.+`, isRegex: true }];
}
