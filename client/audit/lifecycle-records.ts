import { type AuditBook } from './audit-book';
import { AuditKind, type AuditRecord, AuditStatus } from './audit-record';
import { allValues, failureOf, field, firstValue, type HistoryEvent, textOf } from './history-event';

/** Start, cancel, continue and end of a run, and what should never happen to its code. */
export function readLifecycleEvent(event: HistoryEvent, book: AuditBook): void {
  const started = event.workflowExecutionStartedEventAttributes;
  if (started && !started.continuedExecutionRunId) {
    const metadata = field(field(firstValue(started.input), 'plan'), 'metadata');
    const name = textOf(field(metadata, 'name'));
    book.note(event, AuditKind.started, name === undefined ? 'started' : `plan ${name}`, {
      by: textOf(field(metadata, 'requester')),
      identity: textOf(started.identity),
      reason: textOf(field(metadata, 'reason')),
      summary: textOf(field(metadata, 'incident')) ?? startedBy(started.parentWorkflowExecution?.workflowId),
    });
  }
  const cancel = event.workflowExecutionCancelRequestedEventAttributes;
  if (cancel) {
    const more = { identity: textOf(cancel.identity), reason: textOf(cancel.cause) };
    book.note(event, AuditKind.cancelRequested, 'cancel requested', more);
  }
  if (event.workflowExecutionContinuedAsNewEventAttributes) {
    book.note(event, AuditKind.continued, 'continued as new', {
      summary: `in run ${event.workflowExecutionContinuedAsNewEventAttributes.newExecutionRunId ?? 'unknown'}`,
    });
  }
  readEngineEvent(event, book);
  readEnd(event, book);
}

function startedBy(parent: string | null | undefined): string | undefined {
  return parent ? `by ${parent}` : undefined;
}

function readEngineEvent(event: HistoryEvent, book: AuditBook): void {
  const failed = event.workflowTaskFailedEventAttributes;
  if (!failed) return;
  if (failed.baseRunId && failed.newRunId) {
    const reason = textOf(failed.failure?.message);
    const identity = textOf(failed.identity);
    book.note(event, AuditKind.engine, 'reset', { summary: `from run ${failed.baseRunId}`, reason, identity });
    return;
  }
  book.note(event, AuditKind.engine, 'workflow code failed', {
    status: AuditStatus.failed,
    identity: textOf(failed.identity),
    failure: failureOf(failed.failure),
  });
}

function readEnd(event: HistoryEvent, book: AuditBook): void {
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed) noteOutcome(event, book, firstValue(completed.result), AuditStatus.done, 'completed');
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) {
    const result = allValues(failed.failure?.applicationFailureInfo?.details).find((value) => field(value, 'outcome'));
    const failure = failureOf(failed.failure);
    noteOutcome(event, book, result, AuditStatus.failed, failure?.code ?? 'failed', { failure });
  }
  const cancelled = event.workflowExecutionCanceledEventAttributes;
  if (cancelled) noteOutcome(event, book, firstValue(cancelled.details), AuditStatus.cancelled, 'cancelled');
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated) {
    const failure = { code: 'TERMINATED', message: terminated.reason || 'terminated from outside; nothing was undone' };
    const identity = textOf(terminated.identity);
    book.note(event, AuditKind.ended, 'terminated', { status: AuditStatus.failed, failure, identity });
  }
  if (event.workflowExecutionTimedOutEventAttributes) {
    book.note(event, AuditKind.ended, 'timed out', { status: AuditStatus.timedOut });
  }
}

function noteOutcome(
  event: HistoryEvent,
  book: AuditBook,
  result: unknown,
  status: AuditStatus,
  otherwise: string,
  more: Partial<AuditRecord> = {},
): void {
  book.note(event, AuditKind.ended, textOf(field(result, 'outcome')) ?? otherwise, {
    status,
    result: textOf(field(result, 'reason')),
    digest: textOf(field(result, 'digest')),
    ...more,
  });
}
