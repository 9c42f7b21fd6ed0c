import type { Json, JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { sanitizeMessage } from '../../../redact';

export type ContainerFacts = {
  name: string;
  image: string;
  ready: boolean;
  restarts: number;
  state: string;
  /** How it ended the last time. */
  last?: string;
};

const MESSAGE = 200;

/** Metadata, conditions and counts; never the spec, in which environment values stand. Texts are cleaned and capped. */
export function objectFacts(object: KubeObject): JsonObject {
  const { kind, status = {}, spec = {}, metadata } = object;
  const { namespace, name, uid, creationTimestamp, deletionTimestamp, generation, finalizers } = metadata;
  return defined({
    ...{ kind, namespace, name, uid, created: creationTimestamp, deletingSince: deletionTimestamp, generation },
    finalizers: finalizers?.slice(0, 10),
    phase: status.phase,
    reason: status.reason,
    unschedulable: spec.unschedulable,
    wishedReplicas: spec.replicas,
    counts: Object.fromEntries(Object.entries(status).filter(([, value]) => typeof value === 'number')),
    conditions: conditionsOf(status),
  });
}

export function podFacts(pod: KubeObject): JsonObject {
  return { ...objectFacts(pod), ...defined({ node: pod.spec?.nodeName }), containers: containersOf(pod) };
}

export function containersOf(pod: KubeObject): ContainerFacts[] {
  const { initContainerStatuses = [], containerStatuses = [] } = (pod.status ?? {}) as Record<string, JsonObject[]>;
  return [...initContainerStatuses, ...containerStatuses].slice(0, 20).map((status) => {
    const last = stateText(status.lastState);
    return {
      name: String(status.name),
      image: String(status.image).slice(0, 200),
      ready: status.ready === true,
      restarts: Number(status.restartCount ?? 0),
      state: stateText(status.state) ?? 'unknown',
      ...(last !== undefined && { last }),
    };
  });
}

/** `waiting: CrashLoopBackOff: back-off …`, `terminated: Error, exit code 1 at …`. */
function stateText(state: Json | undefined): string | undefined {
  const [name, details] = Object.entries((state ?? {}) as Record<string, JsonObject>)[0] ?? [];
  if (name === undefined || details === undefined) return undefined;
  const { reason, message, exitCode, finishedAt, startedAt } = details;
  if (name === 'running') return `running since ${String(startedAt)}`;
  const code = exitCode === undefined ? '' : `, exit code ${String(exitCode)} at ${String(finishedAt)}`;
  const why = message === undefined ? '' : `: ${sanitizeMessage(String(message), MESSAGE)}`;
  return `${name}: ${typeof reason === 'string' ? reason : 'no reason given'}${code}${why}`;
}

function conditionsOf(status: JsonObject): JsonObject[] {
  const conditions = Array.isArray(status.conditions) ? (status.conditions as JsonObject[]) : [];
  return conditions.slice(0, 15).map(({ type, status: is, reason, message, lastTransitionTime }) =>
    defined({
      ...{ type, status: is, reason, since: lastTransitionTime },
      message: typeof message === 'string' ? sanitizeMessage(message, MESSAGE) : undefined,
    }),
  );
}

function defined(fields: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== ''),
  );
}
