import { type AuditBook } from './audit-book';
import { AuditKind, AuditStatus } from './audit-record';
import { eventNumber, failureOf, field, firstValue, type HistoryEvent, summaryOf, textOf } from './history-event';

/** Activities: one record each, from the scheduling to the end, with the number of attempts. */
export function readActivityEvent(event: HistoryEvent, book: AuditBook): void {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    const what = scheduled.activityType?.name ?? 'activity';
    const input = firstValue(scheduled.input);
    book.begin(keyOf(event.eventId), event, AuditKind.activity, what, {
      step: textOf(field(field(input, 'step'), 'stepId')) ?? textOf(field(input, 'stepId')),
      phase: phaseOf(what),
      summary: summaryOf(event),
    });
    return;
  }
  const started = event.activityTaskStartedEventAttributes;
  if (started) {
    const record = book.find(keyOf(started.scheduledEventId));
    if (record === undefined) return;
    record.attempts = started.attempt ?? 1;
    if (started.identity) record.identity = started.identity;
    const lastFailure = failureOf(started.lastFailure);
    if (lastFailure !== undefined) record.lastFailure = lastFailure;
    return;
  }
  readActivityEnd(event, book);
}

function readActivityEnd(event: HistoryEvent, book: AuditBook): void {
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) {
    const result = firstValue(completed.result);
    // A verification that refutes the effect is a completed activity; the audit must not call it a success.
    const refuted = field(result, 'verified') === false;
    const status = refuted ? AuditStatus.failed : AuditStatus.done;
    book.end(keyOf(completed.scheduledEventId), event, status, { result: textOf(field(result, 'summary')) });
    return;
  }
  const failed = event.activityTaskFailedEventAttributes;
  if (failed) {
    book.end(keyOf(failed.scheduledEventId), event, AuditStatus.failed, { failure: failureOf(failed.failure) });
    return;
  }
  const timedOut = event.activityTaskTimedOutEventAttributes;
  if (timedOut) {
    book.end(keyOf(timedOut.scheduledEventId), event, AuditStatus.timedOut, { failure: failureOf(timedOut.failure) });
    return;
  }
  const cancelled = event.activityTaskCanceledEventAttributes;
  if (cancelled) book.end(keyOf(cancelled.scheduledEventId), event, AuditStatus.cancelled);
}

/** Key of an activity in the book, also for the pending ones that only the server's description knows. */
function keyOf(scheduledEventId: HistoryEvent['eventId']): string {
  return `activity/${eventNumber(scheduledEventId)}`;
}

function phaseOf(activityType: string): string | undefined {
  const dot = activityType.lastIndexOf('.');
  return dot < 0 ? undefined : activityType.slice(dot + 1);
}
