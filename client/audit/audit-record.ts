/** What a line of the audit is about. */
export const AuditKind = {
  /** The remediation was started: by whom, for which plan. */
  started: 'started',
  /** An activity: one phase of one step, or policy, notification and the like. */
  activity: 'activity',
  /** Somebody steered it: approve, reject, abort. */
  steering: 'steering',
  /** A message from another workflow or from outside that is no steering: a guard's grant. */
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
  /** Who: as given in the request; else the identity of the client or worker. */
  by?: string;
  /** Identity of the client or worker process (`pid@host`), also when `by` names a person. */
  identity?: string;
  endedAt?: string;
  durationMs?: number;
  /** Attempts made, retries included. */
  attempts?: number;
  /** What was going to happen, as in the Web UI: `shop/web replicas 3 → 5`. */
  summary?: string;
  /** What came of it, as read back. */
  result?: string;
  digest?: string;
  reason?: string;
  failure?: AuditFailure;
  /** Failure of the last attempt before a success or while trying again. */
  lastFailure?: AuditFailure;
  runId: string;
  event: number;
}
