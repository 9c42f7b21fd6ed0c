import type { JsonObject } from '../json';
import { localTime } from './local-time';
import { historyKey, type PastRemediation, type PolicyRequest, type PolicyStep, type PolicyWorld } from './request';

/** The fields that expressions may use, by variable; `check.ts` refuses others. `*`: any key. */
export const POLICY_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  plan: [
    ...['name', 'reason', 'requester', 'incident', 'labels', 'cluster', 'confidence', 'automatic'],
    ...['steps', 'changing', 'risk', 'environment'],
  ],
  incident: ['id', 'severity', 'labels'],
  time: ['date', 'clock', 'hour', 'minute', 'weekday'],
  step: [
    ...['id', 'action', 'executor', 'risk', 'disruption', 'reversibility', 'readOnly', 'changesSomething'],
    ...['destructive', 'params', 'changes', 'replicas'],
  ],
  target: [
    ...['cluster', 'kind', 'namespace', 'name', 'environment', 'labels', 'annotations', 'namespaceLabels', 'replicas'],
    'own',
  ],
  history: ['total', 'succeeded', 'failed', 'lastOutcome', 'minutesSinceLast'],
};

/** Variables that only rules of scope `step` have. */
export const STEP_VARIABLES: readonly string[] = ['step', 'target', 'history'];

const risks = ['low', 'medium', 'high'];
const HISTORY_MS = 24 * 60 * 60 * 1000;

/** Whether the step can change something that matters: not one that only reads, waits or tells people. */
export function changesSomething(step: PolicyStep): boolean {
  return !step.readOnly && step.action !== 'notification';
}

export function planVariables(request: PolicyRequest, world: PolicyWorld, timeZone: string): JsonObject {
  const { plan, steps } = request;
  const changing = steps.filter(changesSomething);
  return {
    plan: {
      ...plan,
      // Nobody vouches for a recommendation that says nothing; a plan that a person wrote is that person's.
      confidence: plan.confidence ?? (plan.automatic ? 0 : 1),
      steps: steps.length,
      changing: changing.length,
      risk: risks.findLast((risk) => changing.some((step) => step.risk === risk)) ?? 'low',
      environment: world.environmentOf(plan.cluster),
    },
    incident: { id: plan.incident, severity: plan.labels['severity'] ?? '', labels: plan.labels },
    time: localTime(world.now, timeZone),
  };
}

export function stepVariables(step: PolicyStep, world: PolicyWorld): JsonObject {
  const changes = Object.fromEntries(step.changes.map(({ path, after }) => [path, after ?? null]));
  const replicas = changes['/spec/replicas'];
  const history = world.history && historyOf(step, world.history, world.now);
  return {
    step: {
      id: step.id,
      action: step.action,
      executor: step.executor,
      risk: step.risk,
      disruption: step.disruption,
      reversibility: step.reversibility,
      readOnly: step.readOnly,
      changesSomething: changesSomething(step),
      destructive: changesSomething(step) && (step.reversibility === 'irreversible' || step.risk === 'high'),
      params: step.params,
      changes,
      ...(typeof replicas === 'number' && { replicas }),
    },
    target: targetVariable(step, world),
    ...(history && { history }),
  };
}

/** What is not known is absent, so that a rule which asks for it fails, and restricts. */
function targetVariable({ target, facts, executor }: PolicyStep, world: PolicyWorld): JsonObject {
  const named = { kind: '', namespace: '', name: '', cluster: '' };
  if (target === undefined) {
    return { ...named, own: false, environment: '', labels: {}, annotations: {}, namespaceLabels: {} };
  }
  const { kind, name, namespace = kind === 'Namespace' ? name : undefined } = target;
  const own = namespace !== undefined && world.isOwn(namespace);
  const place = { ...named, ...target, own, environment: world.environmentOf(target.cluster) };
  // Objects of other systems (a rule file, a dashboard) have no labels to ask for.
  const elsewhere = executor !== 'kubernetes' && target.namespace === undefined;
  const none = elsewhere ? { labels: {}, annotations: {}, namespaceLabels: {} } : {};
  const { replicas, ...rest } = facts ?? {};
  return { ...place, ...none, ...rest, ...(replicas !== undefined && { replicas }) };
}

/** Of the last 24 hours; runs that changed nothing (dry runs, blocked, rejected) do not count. */
function historyOf(
  { target }: PolicyStep,
  history: ReadonlyMap<string, readonly PastRemediation[]>,
  now: number,
): JsonObject {
  const past = (target ? (history.get(historyKey(target)) ?? []) : []).filter(({ at }) => now - at <= HISTORY_MS);
  const succeeded = past.filter(({ outcome }) => outcome === 'succeeded').length;
  const last = past[0];
  return {
    total: past.length,
    succeeded,
    failed: past.length - succeeded,
    lastOutcome: last?.outcome ?? '',
    minutesSinceLast: last === undefined ? 1440 : Math.floor((now - last.at) / 60_000),
  };
}
