/**
 * The kill switch: "no new mutating step, in this cluster or anywhere". An engaged switch is a running workflow of a fixed id,
 * so it outlives every worker, needs none to be engaged, and its history says who engaged and released it, and why.
 */
export interface StopOrder {
  /** Workflow id of the switch. */
  id: string;
  by: string;
  reason: string;
  /** ISO 8601. */
  since: string;
}

/** A switch is for everything, for one cluster, or mirrors the ConfigMap of a cluster. */
export type StopScope = { kind: 'global' } | { kind: 'cluster' | 'configmap'; cluster: string };

const PREFIX = 'stop/';

export function stopWorkflowId(scope: StopScope): string {
  return scope.kind === 'global' ? `${PREFIX}global` : `${PREFIX}${scope.kind}/${scope.cluster}`;
}

/** undefined: not the id of a switch. */
export function stopScopeOf(id: string): StopScope | undefined {
  if (id === `${PREFIX}global`) return { kind: 'global' };
  const [, kind, cluster] = /^stop\/(cluster|configmap)\/([^/]+)$/.exec(id) ?? [];
  return kind && cluster ? { kind: kind as 'cluster' | 'configmap', cluster } : undefined;
}

/** Every switch that stops steps in a cluster. */
export function stopsOf(cluster: string): StopScope[] {
  return [{ kind: 'global' }, { kind: 'cluster', cluster }, { kind: 'configmap', cluster }];
}

/** `everywhere`, `cluster prod`, `cluster prod (ConfigMap)` */
export function stopScopeText(scope: StopScope): string {
  if (scope.kind === 'global') return 'everywhere';
  return `cluster ${scope.cluster}${scope.kind === 'configmap' ? ' (ConfigMap)' : ''}`;
}

/** What the workflow `stop` is started with, and has in its memo: whoever asks whether it runs also learns who and why. */
export interface StopInput {
  by: string;
  reason: string;
  /** Runs that wait for the release; only when it continues as new. */
  waiting?: string[];
  /** ISO 8601; only when it continues as new. */
  since?: string;
}

export interface StopResult {
  by: string;
  reason: string;
  since: string;
  releasedBy: string;
  releaseReason?: string;
  /** How many remediations were told. */
  told: number;
}

export interface ReleaseRequest {
  by: string;
  reason?: string;
}

/** Signals of a switch: `release` ends it, `waiting` (a remediation's workflow id) is told when it ends. */
export const StopSignal = { release: 'release', waiting: 'waiting' } as const;
/** Signal to a remediation that waits: the switch of this workflow id has been released. */
export const STOP_RELEASED = 'stopReleased';

/** Both texts stand in a memo and in the state of each run that waits. */
export const STOP_TEXT_LIMITS = { by: 200, reason: 500 } as const;
