import type { JsonObject } from './json';
import type { RemediationPlan } from './model';
import type { LeftBehind, Outcome, Problem, RemediationResult, StepStatus } from './outcome';
import type { PolicyDecision } from './policy/decision';
import type { FieldChange, ResolvedTarget } from './step-io';
import type { SubPlanInput } from './sub-plan';

/** Everything the outside says to a remediation or asks of it: names and payloads, shared by workflow, CLI and bridge. */

export const WorkflowType = {
  remediation: 'remediation',
  incident: 'incident',
  guard: 'guard',
  stop: 'stop',
  audit: 'audit',
} as const;

/** Signals and updates carry the same payloads, so that one line in the Web UI or `temporal workflow signal` does it. */
export const Steering = {
  approve: 'approve',
  reject: 'reject',
  revoke: 'revoke',
  abort: 'abort',
  pause: 'pause',
  resume: 'resume',
  takeOver: 'takeOver',
  handBack: 'handBack',
  skipStep: 'skipStep',
  retryStep: 'retryStep',
  override: 'override',
} as const;
export type Steering = (typeof Steering)[keyof typeof Steering];

export const QueryName = { status: 'status', plan: 'plan', preview: 'preview', audit: 'audit' } as const;

export interface RemediationInput {
  /** As written or already normalized; the workflow has it checked and normalized again before anything else. */
  plan: RemediationPlan;
  /** Given by a remediation to its own child. */
  sub?: SubPlanInput;
}

/** What is approved. */
export interface Approved {
  /** The digest shown in the preview, whole (`sha256:…`) or its first 12 hex digits or more. */
  digest: string;
  /** The step whose approval is asked for; absent: the plan’s, or the only one that is waiting. */
  step?: string;
}

/** Most things that one decision approves. */
export const MAX_APPROVED = 100;

export interface ApproveRequest extends Approved {
  /** Who decides. */
  by: string;
  /** What else is approved with it: all of it counts, or, when one is refused, nothing. */
  also?: Approved[];
  reason?: string;
}

export interface RejectRequest {
  by: string;
  /** Of what was looked at: if something else waits by now, it is not rejected. Absent: whatever waits. */
  digest?: string;
  step?: string;
  reason?: string;
}

/** Takes back an approval of which nothing has begun that changes something. */
export interface RevokeRequest {
  by: string;
  /** Absent: the plan's, or the only one. */
  step?: string;
  reason?: string;
}

/** Payload of `approve`, `reject` and `revoke` instead of the above: everything is in the signed decision (plan/decision). */
export interface SignedRequest {
  jws: string;
}

export interface AbortRequest {
  by: string;
  reason?: string;
  /** Bring back what was done. Default true. */
  undo?: boolean;
  /** Refused once a step that changes something has begun: what the incident has no more need of is withdrawn. Default false. */
  unlessBegun?: boolean;
}

/** Payload of `pause`, `resume`, `takeOver` and `handBack`. */
export interface HoldRequest {
  by: string;
  reason?: string;
}

export interface SkipStepRequest {
  by: string;
  /** A step id; of a forEach step’s items, `<step>/<n>`. */
  step: string;
  reason?: string;
}

export interface RetryStepRequest {
  by: string;
  step: string;
  /** Instead of the step's own, all of them; a person approves the new preview. Absent: the same params again. */
  params?: JsonObject;
  reason?: string;
}

/** All params of the step, instead of those it has. */
export interface ParamsChange {
  step: string;
  params: JsonObject;
}

/** Changes params of what waits for approval: it is previewed again, and approved with its new digest, or not. */
export interface OverrideRequest {
  by: string;
  /** 1 to 100. */
  changes: ParamsChange[];
  reason?: string;
}

/** Payload of `override` where only signed decisions count: `jws` holds the digest of the changes, and all else. */
export type SignedOverride = SignedRequest & Pick<OverrideRequest, 'changes'>;

/** Who keeps steps from starting: a pause, a person who works on the cluster by hand, or the kill switch. */
export interface Hold {
  kind: 'paused' | 'taken_over' | 'stopped';
  by: string;
  /** ISO 8601. */
  since: string;
  reason?: string;
  /** Of `stopped`: workflow id of the switch. */
  stop?: string;
}

/**
 * What is asked: the plan, a step, the undo (rollbackStrategy manual), or what becomes of a plan whose step has failed
 * (onFailure ask): the step is retried or skipped, or a rejection, or no answer, ends the plan as its strategy says.
 */
export type ApprovalSubject =
  { kind: 'plan' } | { kind: 'rollback' } | { kind: 'step'; step: string } | { kind: 'decision'; step: string };

export interface PendingApproval {
  subject: ApprovalSubject;
  digest: string;
  /** ISO 8601. */
  since: string;
  deadline: string;
  /** Duration between reminders. */
  remindEvery: string;
  /** Different persons who must approve; absent: one. */
  quorum?: number;
  /** Groups whose members may approve; nobody but a signed decision proves to belong to one. */
  groups?: string[];
  /** Only signed decisions count. */
  signedOnly?: true;
  /** How long an approval is good for when nothing begins: then it is asked for again. */
  runWithin?: string;
  /** Channel that is told, and reminded. */
  notify?: string;
  /** Who is asked as well when nobody has decided by then. */
  stages?: { at: string; groups?: string[]; notify?: string }[];
  /** How many of them have come. */
  escalated?: number;
  /** Who has approved so far. */
  approvers?: string[];
  /** Who may not approve: whoever asked for it. */
  excluded?: string;
  /** Why it is asked: `the plan requires it`, `the effect changed since it was approved`. */
  why: string;
}

/** An approval that was given, until what it is about has begun. */
export interface Grant {
  subject: Extract<ApprovalSubject, { kind: 'plan' | 'step' }>;
  digest: string;
  /** Who approved. */
  by: string[];
  /** ISO 8601. */
  at: string;
  /** ISO 8601: when it lapses. Absent: it does not. */
  until?: string;
  /** Groups whose members may revoke it, besides those who gave it. */
  groups?: string[];
}

export const RunPhase = {
  checking: 'checking',
  preparing: 'preparing',
  awaitingApproval: 'awaiting_approval',
  admitting: 'admitting',
  running: 'running',
  /** All else is done; temporary effects stay until their time is over. */
  keeping: 'keeping',
  /** A sub-plan that has had its effect: undone if the plan around it fails, else let stand. */
  standing: 'standing',
  stopping: 'stopping',
  undoing: 'undoing',
  ended: 'ended',
} as const;
export type RunPhase = (typeof RunPhase)[keyof typeof RunPhase];

/** Why it may go on, must be approved or is denied: "why do I need approval". */
export type PolicyView = Pick<PolicyDecision, 'verdict' | 'mode' | 'version' | 'rules'>;

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
  policy?: PolicyView;
  steps: StepView[];
  approvals: PendingApproval[];
  /** Approvals of which nothing has begun yet: they can be revoked. Absent: there are none. */
  granted?: Grant[];
  /** ISO 8601: until when the run waits with taking back a temporary effect. */
  keepUntil?: string;
  hold?: Hold;
  /** Guards that the run holds, and the one it waits for: why, behind whom, until when. Absent: it takes none. */
  guards?: { held: string[]; waiting?: { scope: string; why: string } };
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
  /** Earlier steps on the same object: what is shown is how it will be after them. */
  after?: string[];
  risk: string;
  reversibility: string;
  approvalRequired: boolean;
  problem?: Problem;
}

/** Answer of the query `preview`. */
export interface Preview {
  digest?: string;
  policy?: PolicyView;
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
