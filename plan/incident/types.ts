import type { Json } from '../json';
import type { PastRemediation } from '../investigation';
import type { RemediationResult } from '../outcome';

/** One notification of a monitoring system. Everything in it was written by others: it is only ever compared and shown. */
export interface Alert {
  /** Identifies the alert over its firings: Alertmanager's own, or {@link alertFingerprint} of the labels. */
  fingerprint: string;
  /** The label `alertname`. */
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** ISO 8601. */
  startsAt: string;
  status: 'firing' | 'resolved';
  /** From the label `severity`; absent when it is none of these. */
  severity?: Severity;
  generatorURL?: string;
  /** ISO 8601: when Kubernaut took it in. */
  received: string;
}

/** Raises priority and changes nothing else: no guard, policy or threshold looks at it. */
export const Severity = { critical: 'critical', warning: 'warning', info: 'info', none: 'none' } as const;
export type Severity = (typeof Severity)[keyof typeof Severity];

/** What an incident is about: the top owner, as far as known (Pod → Deployment). */
export interface IncidentOwner {
  cluster: string;
  kind: string;
  /** Absent for objects without one (Node, and a Cluster as a whole). */
  namespace?: string;
  name: string;
}

/** The one argument of the workflow `incident`; all else comes by signal (`signalWithStart`). */
export interface IncidentInput {
  owner: IncidentOwner;
  /** Of {@link incidentOf}. */
  fingerprint: string;
  /**
   * The owner was read from the cluster, not guessed from labels: it is not resolved again, so that two incidents can never
   * hand the same alerts to and fro. Default false.
   */
  ownerResolved?: boolean;
}

/** Payload of the signal `recommendations`. */
export interface PushedRecommendations {
  /** Which tool says so, authenticated by whoever hands it on: `holmesgpt-operator`, `runbook-bot`. */
  source: string;
  /**
   * In the form of HolmesGPT's answer: `{ analysis, root_cause?, confidence?, recommendations: […] }`. Untrusted: it is read
   * by the same reader, with the same bounds; a person approves what comes of it.
   */
  answer: Json;
  /** ISO 8601. */
  received: string;
}

/** Payload of the signal `investigate`. */
export interface InvestigateRequest {
  by: string;
  /** What to look into, in free text; data for HolmesGPT, never an instruction to Kubernaut. */
  question: string;
  /** ISO 8601. */
  received: string;
}

/** Payload of the signal and the update `abort`. */
export interface IncidentAbort {
  by: string;
  reason?: string;
  /** A remediation under way brings back what it did. Default true. */
  undo?: boolean;
}

/** Where an incident stands (query `status`, search attribute `KubernautState`). */
export const IncidentPhase = {
  /** Which object it really is. */
  resolving: 'resolving',
  /** An earlier outcome asks for patience: nothing is done before `until`. */
  suppressed: 'suppressed',
  investigating: 'investigating',
  remediating: 'remediating',
  /** Done; the alert must resolve and the target stay healthy. */
  watching: 'watching',
  ended: 'ended',
} as const;
export type IncidentPhase = (typeof IncidentPhase)[keyof typeof IncidentPhase];

/** How an incident ended (`KubernautOutcome`). */
export const IncidentOutcome = {
  /** All alerts resolved after a remediation, and stayed so through the soak time. */
  resolved: 'resolved',
  /** All alerts resolved before anything was changed. */
  selfResolved: 'self_resolved',
  /** A person must look; `reason` says why. */
  escalated: 'escalated',
  /** The alerts came within the cooldown of an earlier outcome and went away in it. */
  suppressed: 'suppressed',
  /** Nothing to do: asked about without an alert, and nothing was recommended or approved. */
  noAction: 'no_action',
  /** The alerts belong to another incident, which has them now. */
  joined: 'joined',
  aborted: 'aborted',
} as const;
export type IncidentOutcome = (typeof IncidentOutcome)[keyof typeof IncidentOutcome];

/** How much a remediation helped. Each part 0 or 1; absent when it could not be measured. */
export interface Effectiveness {
  /** 0–1: the mean of the parts that were measured. */
  score: number;
  /** The target was and stayed healthy. */
  health?: number;
  /** All alerts resolved and stayed so. */
  alert?: number;
  /** The plan's conditions that did not hold before hold now; absent when all of them held before. */
  metric?: number;
}

export interface IncidentAttempt {
  /** From 1. */
  number: number;
  /** Workflow id of the remediation; absent when the attempt ended before there was one. */
  remediation?: string;
  /** Where the plan came from: `holmesgpt`, `playbook:<name>`, `pushed:<source>`. */
  source: string;
  /** `rollback_deployment on Deployment shop/web`. */
  steps: string[];
  /** Of the remediation. */
  outcome?: string;
  reason?: string;
  /** Sentences: what was read afterwards. */
  measured: string[];
  /** All alerts resolved and stayed so. */
  held?: boolean;
  effectiveness?: Effectiveness;
  /** ISO 8601. */
  startedAt: string;
  endedAt?: string;
}

/** Answer of the query `status`. */
export interface IncidentStatus {
  phase: IncidentPhase;
  outcome?: IncidentOutcome;
  reason?: string;
  owner: IncidentOwner;
  fingerprint: string;
  /** Newest firing of each fingerprint, oldest first; at most 50 are kept. */
  alerts: Alert[];
  /** Notifications folded in, repeated ones too. */
  received: number;
  severity?: Severity;
  attempts: IncidentAttempt[];
  /** The remediation under way. */
  remediation?: string;
  /** ISO 8601: until when it waits, in the phases `suppressed` and `watching`. */
  until?: string;
  /** Of the last answer, for people. */
  analysis?: string;
  rootCause?: string;
  /** Why each recommendation was taken, or was not. */
  why: string[];
  result?: IncidentResult;
}

/** Result of the workflow; also the details of its failure when the outcome is `escalated` or `aborted`. */
export interface IncidentResult {
  outcome: IncidentOutcome;
  /** One sentence: why it ended so. */
  reason: string;
  owner: IncidentOwner;
  alerts: { name: string; status: 'firing' | 'resolved'; startsAt: string }[];
  attempts: IncidentAttempt[];
  /** Of `joined`: the workflow id of the incident that has the alerts now. */
  joined?: string;
  /** ISO 8601: new alerts of this owner are held back until then. */
  suppressUntil?: string;
  /** For the next incident of the owner. */
  past: PastRemediation[];
  /** Of the last remediation. */
  remediation?: Pick<RemediationResult, 'outcome' | 'reason' | 'left'>;
}
