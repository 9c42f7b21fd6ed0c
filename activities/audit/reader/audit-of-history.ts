import { readActivityEvent } from './activity-records';
import { AuditBook } from './audit-book';
import { type AuditFailure, AuditKind, type AuditRecord, AuditStatus } from './audit-record';
import type { HistoryEvent } from './history-event';
import { readGuardSignal } from './guard-records';
import { readLifecycleEvent } from './lifecycle-records';
import { readMarkerEvent } from './marker-records';
import { readSteeringEvent } from './steering-records';
import { readWaitingEvent } from './waiting-records';

/** One run of a workflow; a remediation that continued as new has several. */
export interface RunHistory {
  runId: string;
  events: readonly HistoryEvent[];
}

/** What only the server's description knows of an activity that runs: failed attempts are not in the history. */
export interface PendingActivity {
  /** Activity id, as in the scheduled event. */
  activityId: string;
  attempt: number;
  lastFailure?: AuditFailure;
}

/**
 * The audit of a remediation, derived from its event history alone: what the workflow's code says about itself is not
 * asked. Runs are given oldest first; records come in the order in which things began.
 */
export function auditOfHistory(runs: readonly RunHistory[], pending: readonly PendingActivity[] = []): AuditRecord[] {
  const book = new AuditBook();
  for (const run of runs) readRun(run, book, pending);
  return hasBeginning(runs) ? book.records : [gap(runs), ...book.records];
}

function readRun(run: RunHistory, book: AuditBook, pending: readonly PendingActivity[]): void {
  const begin = book.records.length;
  book.startRun(run.runId);
  const activityIds = new Map<number, string>();
  for (const event of run.events) {
    readLifecycleEvent(event, book);
    readActivityEvent(event, book);
    readMarkerEvent(event, book);
    if (!readGuardSignal(event, book)) readSteeringEvent(event, book);
    readWaitingEvent(event, book);
    const activityId = event.activityTaskScheduledEventAttributes?.activityId;
    if (activityId) activityIds.set(Number(event.eventId ?? 0), activityId);
  }
  const own = book.records.slice(begin);
  if (own.some(({ kind }) => kind === AuditKind.ended)) book.closeAll('ended');
  else if (own.some(({ kind }) => kind === AuditKind.continued)) book.closeAll('continued');
  for (const record of own) {
    if (record.kind !== AuditKind.activity || record.status !== AuditStatus.open) continue;
    const running = pending.find(({ activityId }) => activityId === activityIds.get(record.event));
    if (running === undefined) continue;
    record.attempts = running.attempt;
    if (running.lastFailure !== undefined) record.lastFailure = running.lastFailure;
  }
}

function hasBeginning(runs: readonly RunHistory[]): boolean {
  const first = runs[0]?.events[0]?.workflowExecutionStartedEventAttributes;
  return first !== undefined && first !== null && !first.continuedExecutionRunId;
}

function gap(runs: readonly RunHistory[]): AuditRecord {
  const first = runs[0];
  const time = first?.events[0]?.eventTime;
  return {
    at: new Date(Number(time?.seconds ?? 0) * 1000).toISOString(),
    kind: AuditKind.gap,
    status: AuditStatus.done,
    what: 'earlier runs are missing',
    reason: 'They are past the retention of the namespace; an exported audit may still have them',
    runId: first?.runId ?? '',
    event: 0,
  };
}
