import type { RemediationPlan } from './model';
import type { LeftBehind, Outcome, Problem, RemediationResult, StepStatus } from './outcome';
import type { FieldChange, ResolvedTarget } from './step-io';

/** Everything the outside says to a remediation or asks of it: names and payloads, shared by workflow, CLI and bridge. */

export const WorkflowType = { remediation: 'remediation', incident: 'incident', guard: 'guard' } as const;

/** Signals and updates carry the same payloads, so that one line in the Web UI or `temporal workflow signal` does it. */
export const Steering = { approve: 'approve', reject: 'reject', abort: 'abort' } as const;

export const QueryName = { status: 'status', plan: 'plan', preview: 'preview', audit: 'audit' } as const;

export interface RemediationInput {
  /** As written or already normalized; the workflow has it checked and normalized again before anything else. */
  plan: RemediationPlan;
}

export interface ApproveRequest {
  /** Who decides. */
  by: string;
  /** The digest shown in the preview, whole (`sha256:…`) or its first 12 hex digits or more. */
  digest: string;
  /** The step whose approval is asked for; absent: the plan’s, or the only one that is waiting. */
  step?: string;
  reason?: string;
}

export interface RejectRequest {
  by: string;
  step?: string;
  reason?: string;
}

export interface AbortRequest {
  by: string;
  reason?: string;
  /** Bring back what was done. Default true. */
  undo?: boolean;
}

/** `plan`, `rollback` (rollbackStrategy manual: may what was done be undone?) or a step id. */
export type ApprovalSubject = { kind: 'plan' } | { kind: 'rollback' } | { kind: 'step'; step: string };

export interface PendingApproval {
  subject: ApprovalSubject;
  digest: string;
  /** ISO 8601. */
  since: string;
  deadline: string;
  /** Duration between reminders. */
  remindEvery: string;
  /** Why it is asked: `the plan requires it`, `the effect changed since it was approved`. */
  why: string;
}

export const RunPhase = {
  checking: 'checking',
  preparing: 'preparing',
  awaitingApproval: 'awaiting_approval',
  running: 'running',
  /** All else is done; temporary effects stay until their time is over. */
  keeping: 'keeping',
  stopping: 'stopping',
  undoing: 'undoing',
  ended: 'ended',
} as const;
export type RunPhase = (typeof RunPhase)[keyof typeof RunPhase];

export interface StepView {
  id: string;
  action: string;
  target?: ResolvedTarget;
  status: StepStatus;
  /** `shop/web replicas 3 → 5`. */
  summary?: string;
  /** Evidence or error, one line. */
  detail?: string;
  risk?: string;
  reversibility?: string;
}

/** Answer of the query `status`. */
export interface RemediationStatus {
  phase: RunPhase;
  outcome?: Outcome;
  reason?: string;
  digest?: string;
  steps: StepView[];
  approvals: PendingApproval[];
  /** ISO 8601: until when the run waits with taking back a temporary effect. */
  keepUntil?: string;
  left: LeftBehind[];
  problems: Problem[];
  /** Once the run has ended: a cancelled workflow cannot carry its result in its failure. */
  result?: RemediationResult;
}

export interface StepPreview {
  id: string;
  action: string;
  target?: ResolvedTarget;
  summary: string;
  diff: FieldChange[];
  warnings: string[];
  /** Conditions of `verify`, one line each. Absent when there are none. */
  checks?: string[];
  noEffect: boolean;
  /** Steps whose outcome this one depends on: params, condition or state are known only after them. */
  knownAfter: string[];
  risk: string;
  reversibility: string;
  approvalRequired: boolean;
  problem?: Problem;
}

/** Answer of the query `preview`. */
export interface Preview {
  digest?: string;
  steps: StepPreview[];
}

/** One thing that happened, for the audit (query `audit`); the event history stays the full record. */
export interface AuditFact {
  /** ISO 8601, workflow time. */
  at: string;
  /** `approved`, `approval_refused`, `executed`, `undone`, … */
  what: string;
  step?: string;
  by?: string;
  detail: string;
}
