import type {
  FollowUpInput,
  InvestigateInput,
  Investigation,
  ObjectName,
  PastRemediation,
  TriedStep,
} from '../investigation';
import type { JsonObject } from '../json';
import type { Problem, RemediationResult } from '../outcome';
import type { AuditFact } from '../steering';
import type { EscalationNotice, NoticeDelivery, PlaybooksInput } from './activity-io';
import type { MatchedPlaybook } from './playbook';
import type { IncidentSettings } from './settings';
import type {
  Alert,
  IncidentAbort,
  IncidentAttempt,
  IncidentOutcome,
  IncidentOwner,
  IncidentPhase,
  IncidentResult,
  InvestigateRequest,
  PushedRecommendations,
} from './types';

/** Everything an incident knows: plain data, so that it travels through continue-as-new as it is. */
export interface IncidentState {
  /** Workflow id. */
  id: string;
  owner: IncidentOwner;
  fingerprint: string;
  ownerResolved: boolean;
  /** Workflow time in ms; over continue-as-new. Absent in histories from before it was kept. */
  openedAt?: number;
  /** Set once it is open. */
  settings?: IncidentSettings;
  phase: IncidentPhase;
  alerts: Alert[];
  /** Firing alerts beyond those kept whole: start by fingerprint. */
  more: Record<string, string>;
  received: number;
  /** The owner and what belongs to it, as read from the cluster; what a recommendation may touch. */
  objects: ObjectName[];
  /** As {@link FoundOwner} says. */
  findings?: string[];
  changed?: boolean;
  past: PastRemediation[];
  /** The free number of the next remediation's id, as far as known. */
  nextNumber: number;
  attempts: IncidentAttempt[];
  tried: TriedStep[];
  /** How each attempt failed. */
  signatures: string[];
  pushed: PushedRecommendations[];
  questions: InvestigateRequest[];
  /** What the question under way is: answered by exactly one event. */
  asking?: 'playbooks' | 'holmesgpt' | 'pushed';
  /** Names of the playbooks that were tried. */
  played: string[];
  /** Those that HolmesGPT may choose from in the question under way. */
  offered?: MatchedPlaybook[];
  /** Who pushed what is being read. */
  asked?: PushedRecommendations;
  investigation?: Investigation;
  why: string[];
  remediation?: RemediationUnderWay;
  /** Of the last remediation that ended. */
  last?: RemediationResult;
  /** The plan of the last attempt. */
  document?: JsonObject;
  watch?: Watch;
  /** Workflow time in ms at which `tick` is wanted. */
  until?: number;
  aborting?: IncidentAbort;
  outcome?: IncidentOutcome;
  reason?: string;
  /** Escalations that people are being told of. */
  notifying?: number;
  /** The alerts go to this owner. */
  joining?: IncidentOwner;
  facts: AuditFact[];
  result?: IncidentResult;
}

export interface RemediationUnderWay {
  document: JsonObject;
  /** Set once it runs. */
  id?: string;
  /** It was told to end if it had not begun. */
  withdrawn?: boolean;
}

export interface Watch {
  /** Workflow time in ms. */
  since: number;
  deadline: number;
  /** Since when no alert fires, by their notifications. */
  quietSince?: number;
  alert?: Reading;
  health?: Reading;
}

/** `unknown`: there is nobody to ask. */
export interface Reading {
  is: 'good' | 'bad' | 'unknown';
  detail: string;
}

/** Whatever can happen to an incident. `at` is workflow time in ms. */
export type IncidentEvent = { at: number } & (
  | { type: 'started' }
  | { type: 'opened'; settings: IncidentSettings; past: PastRemediation[]; nextNumber: number; found?: FoundOwner }
  | { type: 'alert'; alert: Alert }
  | { type: 'recommendations'; pushed: PushedRecommendations }
  | { type: 'investigate'; request: InvestigateRequest }
  | { type: 'abort'; request: IncidentAbort }
  /** A signal that made no sense. */
  | { type: 'refused'; what: string; message: string }
  | { type: 'matched'; playbooks: MatchedPlaybook[] }
  | { type: 'investigated'; investigation: Investigation }
  | { type: 'investigation_failed'; problem: Problem }
  | { type: 'remediation_started'; id: string; number: number }
  | { type: 'remediation_ended'; result: RemediationResult }
  | { type: 'watched'; what: 'alert' | 'health'; reading: Reading }
  | { type: 'forwarded'; arrivals: number }
  | { type: 'forward_failed'; problem: Problem }
  | ({ type: 'notified' } & NoticeDelivery)
  | { type: 'tick' }
);

/** What the cluster says about the incident's object. */
export interface FoundOwner {
  owner: IncidentOwner;
  objects: ObjectName[];
  /** Numbers for the person who is called: `quota shop/compute: requests.cpu 4 of 4 used`. */
  findings?: string[];
  /** It got a new pod template within the hour, and has one to go back to. */
  changed?: boolean;
  /** Why it could not be read, and the like. */
  notes: string[];
}

/** What the shell is to do; each is answered by one event, but for the signals to a remediation. */
export type IncidentCommand =
  | { type: 'open' }
  | {
      type: 'forward';
      owner: IncidentOwner;
      alerts: Alert[];
      questions: InvestigateRequest[];
      pushed: PushedRecommendations[];
      /** Arrivals that it takes along. */
      arrivals: number;
    }
  | ({ type: 'match_playbooks' } & PlaybooksInput)
  | { type: 'investigate'; input: InvestigateInput }
  | { type: 'follow_up'; input: FollowUpInput }
  | { type: 'read_pushed'; pushed: PushedRecommendations; input: InvestigateInput }
  | { type: 'cancel_investigation' }
  | { type: 'remediate'; document: JsonObject; number: number; summary: string }
  /** Again, by a run that continued as new. */
  | { type: 'await_remediation'; id: string }
  | { type: 'withdraw'; id: string; reason: string }
  | { type: 'abort_remediation'; id: string; request: IncidentAbort }
  | { type: 'watch_alerts'; alerts: Alert[]; soakMs: number; withinMs: number }
  | { type: 'watch_health'; soakMs: number; withinMs: number }
  | { type: 'cancel_watch' }
  | { type: 'notify'; notice: EscalationNotice };

export interface IncidentDecision {
  state: IncidentState;
  commands: IncidentCommand[];
  reply?: { accepted: boolean; message: string };
}
