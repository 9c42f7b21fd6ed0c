import { durationMs } from './duration';
import type { Json } from './json';
import { ProblemCode, type DocumentPath, type Finding } from './problem';
import { asObject, callsOf, sketchTarget, type PlanSketch, type StepSketch } from './sketch';

/** Rules over several fields that the schema cannot hold. */
export function checkRules({ steps, timeout, approval }: PlanSketch): Finding[] {
  const ofPlan = checkEscalation(['spec', 'approval'], approval, '60m');
  const ofSteps = steps.flatMap((step) => [
    ...callsOf(step).flatMap(({ at, raw }) => checkNamespace([...at, 'target'], raw.target)),
    ...checkForEach(step),
    ...checkRetry(step),
    ...checkTemporary(step, timeout ?? '2h'),
    ...checkEscalation([...step.at, 'approval'], step.raw.approval, '60m'),
  ]);
  return [...ofPlan, ...ofSteps];
}

/** A stage that comes out of turn, or when it is too late to decide, would never come. */
export function checkEscalation(at: DocumentPath, approval: Json | undefined, usual?: string): Finding[] {
  const { escalation, deadline = usual } = asObject(approval);
  if (!Array.isArray(escalation)) return [];
  const times = escalation.map((stage) => durationOf(asObject(stage).after));
  const end = durationOf(deadline);
  return times.flatMap((time, index) => {
    const before = times[index - 1];
    const late = end !== undefined && time !== undefined && time >= end;
    if (!late && (time === undefined || before === undefined || before < time)) return [];
    const after = String(asObject(escalation[index]).after);
    const [message, remedy] = late
      ? [
          `the stage begins after ${after}, when the deadline ${String(deadline)} is over`,
          'Raise the deadline, or begin earlier.',
        ]
      : [`the stage begins after ${after}, not later than the one before it`, 'Order the stages by time.'];
    return [{ at: [...at, 'escalation', index, 'after'], code: ProblemCode.invalidValue, message, remedy }];
  });
}

/** Kinds whose scope is certain. Of any other kind discovery decides, when the step is validated. */
const namespaced = new Set([
  ...['Pod', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Service', 'Ingress'],
  ...['ConfigMap', 'Secret', 'PersistentVolumeClaim', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'],
]);
const clusterScoped = new Set(['Node', 'Namespace', 'PersistentVolume']);

function checkNamespace(at: DocumentPath, target: Json | undefined): Finding[] {
  const { kind = '', namespace } = sketchTarget(target) ?? {};
  if (namespace === undefined && namespaced.has(kind)) {
    const remedy = `Add its namespace: ${kind}/<namespace>/<name>, or the field namespace.`;
    return [
      { at, code: ProblemCode.targetNamespace, message: `a ${kind} lives in a namespace, and none is given`, remedy },
    ];
  }
  if (namespace !== undefined && clusterScoped.has(kind)) {
    const remedy = `Remove it: ${kind}/<name>, without the field namespace.`;
    return [{ at, code: ProblemCode.targetNamespace, message: `a ${kind} has no namespace`, remedy }];
  }
  return [];
}

/**
 * Words that CEL keeps for itself, and variables that a loop variable would hide. Ids of the single runs need no check:
 * they are `<id>/<n>`, and no step id holds a slash.
 */
const taken = new Set([
  ...['steps', 'plan', 'evidence', 'effect', 'cel', 'google', 'optional', 'math'],
  ...[
    'true',
    'false',
    'null',
    'in',
    'as',
    'break',
    'const',
    'continue',
    'else',
    'for',
    'function',
    'if',
    'import',
    'let',
  ],
  ...['loop', 'package', 'namespace', 'return', 'var', 'void', 'while', 'prototype', '__proto__'],
  ...['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'type', 'dyn', 'null_type'],
]);

function checkForEach(step: StepSketch): Finding[] {
  const { as, in: items, max } = asObject(step.raw.forEach);
  const found: Finding[] = [];
  if (typeof as === 'string' && taken.has(as)) {
    const at = [...step.at, 'forEach', 'as'];
    found.push({
      at,
      code: ProblemCode.invalidValue,
      message: `${as} has a meaning of its own in expressions`,
      remedy: 'Choose another name.',
    });
  }
  const most = typeof max === 'number' ? max : 20;
  if (Array.isArray(items) && items.length > most) {
    const at = [...step.at, 'forEach', 'in'];
    const message = `${items.length} items, more than max ${most}`;
    found.push({
      at,
      code: ProblemCode.invalidValue,
      message,
      remedy: 'Raise max (100 at most), or shorten the list.',
    });
  }
  return found;
}

/** At the plan's timeout the effect would be taken back early. */
function checkTemporary({ at, raw }: StepSketch, timeout: Json): Finding[] {
  const lasting = asObject(raw.temporary).for;
  const [own, plan] = [durationOf(lasting), durationOf(timeout)];
  if (own === undefined || plan === undefined || own < plan) return [];
  const message = `the effect is to stay for ${String(lasting)}, but the plan ends after ${String(timeout)}`;
  return [
    {
      at: [...at, 'temporary', 'for'],
      code: ProblemCode.invalidValue,
      message,
      remedy: 'Raise spec.timeout, which also counts approvals and all other steps, or shorten this.',
    },
  ];
}

/** Temporal refuses such a policy, and only when the step is already to run. */
function checkRetry(step: StepSketch): Finding[] {
  const { initialInterval, maxInterval } = asObject(step.raw.retry);
  const first = durationOf(initialInterval) ?? 1_000;
  const longest = durationOf(maxInterval);
  if (longest === undefined || longest >= first) return [];
  const at = [...step.at, 'retry', 'maxInterval'];
  const message = `${String(maxInterval)} is shorter than initialInterval ${typeof initialInterval === 'string' ? initialInterval : '1s'}`;
  return [
    { at, code: ProblemCode.invalidValue, message, remedy: 'Make maxInterval as long as initialInterval, or longer.' },
  ];
}

/** In milliseconds; undefined for what is none, which the schema says. */
export function durationOf(value: Json | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return durationMs(value);
  } catch {
    return undefined; // The schema says so.
  }
}
