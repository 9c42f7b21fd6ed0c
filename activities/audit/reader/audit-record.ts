import type { Json } from '../../../plan/json';
import type { PlanMetadata } from '../../../plan/model';
import type { PolicyDecision } from '../../../plan/policy/decision';
import type { FieldChange } from '../../../plan/step-io';

/** What a line of the audit is about. */
export const AuditKind = {
  /** The remediation was started: by whom, for which plan. */
  started: 'started',
  /** The plan was checked and normalized: its steps, or what is wrong with it. */
  check: 'check',
  /** The policies decided about the plan, or about a step whose turn had come. */
  policy: 'policy',
  /** Somebody was asked to approve or to decide: from the question to the answer, reminders included. */
  approval: 'approval',
  /** A guard was asked, made the run wait, was granted, refused, lost, released. */
  guard: 'guard',
  /** An activity: one phase of one step, or a notification and the like. */
  activity: 'activity',
  /** Temporary effects stay for their time. */
  keeping: 'keeping',
  /** Somebody steered it: approve, reject, revoke, abort, pause, take over, skip, retry, override. */
  steering: 'steering',
  /** A message from another workflow or from outside that is neither steering nor a guard's answer. */
  message: 'message',
  /** A message to another workflow: asking a guard, releasing it. */
  sent: 'sent',
  timer: 'timer',
  child: 'child',
  /** Cancellation asked for through Temporal itself. */
  cancelRequested: 'cancel_requested',
  /** The workflow's own code failed or was reset: never part of a normal run. */
  engine: 'engine',
  continued: 'continued',
  /** An earlier part of the history is gone: past the namespace's retention. */
  gap: 'gap',
  ended: 'ended',
} as const;
export type AuditKind = (typeof AuditKind)[keyof typeof AuditKind];

/** How it went. `refused`: a steering request was answered with no. `open`: still under way. `abandoned`: open when the run ended. */
export const AuditStatus = {
  open: 'open',
  done: 'done',
  failed: 'failed',
  refused: 'refused',
  cancelled: 'cancelled',
  timedOut: 'timed_out',
  abandoned: 'abandoned',
} as const;
export type AuditStatus = (typeof AuditStatus)[keyof typeof AuditStatus];

export interface AuditFailure {
  /** Code from plan/errors.ts, or Temporal's own word. */
  code?: string;
  message: string;
}

/** A step as the plan has it (`check`) or as it ended (`ended`). */
export interface AuditStep {
  id: string;
  action: string;
  /** Cluster, kind, namespace and name: `prod: Deployment/shop/web`. */
  target?: string;
  risk?: string;
  reversibility?: string;
  /** How it ended. */
  status?: string;
  summary?: string;
  error?: AuditFailure;
}

/** One thing that happened. Everything in it stands in the event history; run and event lead back to it. */
export interface AuditRecord {
  /** ISO 8601, server time. */
  at: string;
  kind: AuditKind;
  status: AuditStatus;
  /** `scale_deployment.execute`, `approve`, `timer`, the outcome. */
  what: string;
  step?: string;
  /** `validate`, `execute`, `verify`, `rollback`. */
  phase?: string;
  /** Of an activity that is not the step's own: a condition of its `verify` (from 1), or the step that undoes it. */
  part?: `check ${number}` | 'compensation';
  /** Of an action's phase: the operation id, which stands in the User-Agent of its requests and on what it changed. */
  operation?: string;
  /** Which try of a step that was retried by a person, from 2. */
  attempt?: number;
  /** `prod: Deployment/shop/web`, with the uid once it is known. */
  target?: string;
  uid?: string;
  /** Who: as given in the request; else the identity of the client or worker. */
  by?: string;
  /** Identity of the client or worker process (`pid@host`), also when `by` names a person. */
  identity?: string;
  endedAt?: string;
  durationMs?: number;
  /** Attempts made, retries included; of an approval, the reminders sent. */
  attempts?: number;
  /** What was going to happen, as in the Web UI: `shop/web replicas 3 → 5`. */
  summary?: string;
  /** What came of it, as read back. */
  result?: string;
  digest?: string;
  reason?: string;
  /** Of validate: the fields that would change, each before and after. */
  diff?: FieldChange[];
  /** Of validate: the before-image, which the undo goes back to. */
  before?: Json;
  warnings?: string[];
  /** Of execute and rollback: whether anything was changed. */
  changed?: boolean;
  /** Of execute, rollback and verify: what was read back. */
  data?: Json;
  /** What of the effect no undo can take back. */
  irreversible?: string[];
  /** The policies' decision: mode, version and the rules that decided. `summary` has the verdict. */
  policy?: Pick<PolicyDecision, 'verdict' | 'mode' | 'version' | 'rules' | 'approval'>;
  guard?: { scope?: string; token?: number; position?: number; behind?: string[]; until?: string };
  /** Of a signed decision: its id, and once the worker has checked it the key. `by`, `digest` and `reason` are the signed ones. */
  signature?: { jti?: string; key?: string; valid?: boolean; groups?: string[] };
  /** Params that a person gave to a step when retrying it; of an override, by step. */
  params?: Json;
  /** ISO 8601: until when an approval, or a temporary effect, had its time. */
  until?: string;
  /** Of the start: hash of the plan as it was handed in. */
  planHash?: string;
  /** Of the start: the investigation that recommended it, where its evidence can be read, how sure it was (0–1). */
  investigation?: NonNullable<PlanMetadata['investigation']>;
  cluster?: string;
  steps?: AuditStep[];
  /** Of the end: steps brought back, in that order. */
  undone?: string[];
  /** Of the end: effects that are still there. */
  left?: { step: string; target?: string; summary: string; why: string }[];
  failure?: AuditFailure;
  /** Failure of the last attempt before a success or while trying again. */
  lastFailure?: AuditFailure;
  runId: string;
  event: number;
}
