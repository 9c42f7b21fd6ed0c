import { type AuditBook } from './audit-book';
import { AuditKind, AuditStatus } from './audit-record';
import { eventNumber, failureOf, field, firstValue, type HistoryEvent, summaryOf, textOf } from './history-event';

/** Timers and child workflows. */
export function readWaitingEvent(event: HistoryEvent, book: AuditBook): void {
  const timer = event.timerStartedEventAttributes;
  if (timer) {
    const seconds = Number(timer.startToFireTimeout?.seconds ?? 0) + (timer.startToFireTimeout?.nanos ?? 0) / 1e9;
    const summary = summaryOf(event) ?? `${seconds} s`;
    book.begin(`timer/${eventNumber(event.eventId)}`, event, AuditKind.timer, 'timer', { summary });
  }
  const fired = event.timerFiredEventAttributes;
  if (fired) book.end(`timer/${eventNumber(fired.startedEventId)}`, event, AuditStatus.done);
  const cancelled = event.timerCanceledEventAttributes;
  if (cancelled) book.end(`timer/${eventNumber(cancelled.startedEventId)}`, event, AuditStatus.cancelled);
  readChildEvent(event, book);
}

function readChildEvent(event: HistoryEvent, book: AuditBook): void {
  const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
  if (initiated) {
    const summary = [initiated.workflowId, summaryOf(event)].filter(Boolean).join(': ');
    const what = initiated.workflowType?.name ?? 'child';
    book.begin(keyOf(event.eventId), event, AuditKind.child, what, { summary });
  }
  const refused = event.startChildWorkflowExecutionFailedEventAttributes;
  if (refused) {
    const failure = { message: 'A workflow of this id exists already' };
    book.end(keyOf(refused.initiatedEventId), event, AuditStatus.failed, { failure });
  }
  const completed = event.childWorkflowExecutionCompletedEventAttributes;
  if (completed) {
    const result = textOf(field(firstValue(completed.result), 'outcome'));
    book.end(keyOf(completed.initiatedEventId), event, AuditStatus.done, { result });
  }
  const failed = event.childWorkflowExecutionFailedEventAttributes;
  if (failed) {
    book.end(keyOf(failed.initiatedEventId), event, AuditStatus.failed, { failure: failureOf(failed.failure) });
  }
  const cancelled =
    event.childWorkflowExecutionCanceledEventAttributes ?? event.childWorkflowExecutionTerminatedEventAttributes;
  if (cancelled) book.end(keyOf(cancelled.initiatedEventId), event, AuditStatus.cancelled);
  const timedOut = event.childWorkflowExecutionTimedOutEventAttributes;
  if (timedOut) book.end(keyOf(timedOut.initiatedEventId), event, AuditStatus.timedOut);
}

function keyOf(initiatedEventId: HistoryEvent['eventId']): string {
  return `child/${eventNumber(initiatedEventId)}`;
}
