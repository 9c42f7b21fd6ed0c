import type { Json, JsonObject } from '../json';
import type { TargetFacts } from '../step-io';
import type { PolicyMode } from './decision';

/** What a policy is asked about: a plan and what its preview found. Plain data, made by the core from its state. */
export interface PolicyRequest {
  plan: {
    name: string;
    reason: string;
    requester: string;
    incident: string;
    labels: Record<string, string>;
    cluster: string;
    /** Of the investigation that recommended it, 0–1. */
    confidence?: number;
    /** An investigation or an incident stands behind it, not a person. */
    automatic: boolean;
  };
  /** Those still to be done. */
  steps: PolicyStep[];
  /** Only this step is to be decided: its turn has come. The others are there for limits over the whole plan. */
  only?: string;
}

export interface PolicyStep {
  id: string;
  action: string;
  executor: string;
  risk: string;
  disruption: string;
  reversibility: string;
  readOnly: boolean;
  params: JsonObject;
  target?: { cluster: string; kind: string; namespace?: string; name: string };
  facts?: TargetFacts;
  changes: { path: string; after?: Json }[];
  /** false: its preview is known only after other steps; it is decided again when its turn has come. */
  known: boolean;
  noEffect: boolean;
  /** A loop that is not expanded yet stands for as many steps. */
  count: number;
}

/** Earlier remediations of one target, newest first. */
export interface PastRemediation {
  /** Milliseconds since the epoch. */
  at: number;
  outcome: string;
}

/** What the evaluation needs to know beyond the request. No clock: the time is given. */
export interface PolicyWorld {
  /** Milliseconds since the epoch. */
  now: number;
  modeOf(cluster: string, namespace: string | undefined): PolicyMode;
  environmentOf(cluster: string): string;
  /** Whether Kubernaut itself runs in a namespace of this name. */
  isOwn(namespace: string): boolean;
  /** By `historyKey`. Absent: unknown, and rules that ask for it restrict. */
  history?: ReadonlyMap<string, readonly PastRemediation[]>;
  noSelfApproval: boolean;
}

/** `Deployment/shop/web`: the form of the search attribute KubernautTarget. */
export function historyKey(target: { kind: string; namespace?: string; name: string }): string {
  return [target.kind, target.namespace, target.name].filter(Boolean).join('/');
}
