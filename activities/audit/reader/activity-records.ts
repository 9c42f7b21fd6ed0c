import type { Json } from '../../../plan/json';
import type { FieldChange } from '../../../plan/step-io';
import { type AuditBook } from './audit-book';
import { AuditKind, type AuditRecord, AuditStatus } from './audit-record';
import {
  eventNumber,
  failureOf,
  field,
  firstValue,
  type HistoryEvent,
  summaryOf,
  targetText,
  textOf,
  textsOf,
} from './history-event';
import { noteVerified } from './signed-records';

/** Activities: one record each, from the scheduling to the end, with the number of attempts. */
export function readActivityEvent(event: HistoryEvent, book: AuditBook): void {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    const what = scheduled.activityType?.name ?? 'activity';
    const input = firstValue(scheduled.input);
    const request = field(input, 'step');
    book.begin(keyOf(event.eventId), event, AuditKind.activity, what, {
      ...stepOf(textOf(field(request, 'stepId')) ?? textOf(field(input, 'stepId'))),
      phase: phaseOf(what),
      operation: textOf(field(request, 'operationId')),
      attempt: attemptOf(textOf(field(request, 'operationId'))),
      target: targetText(field(request, 'target')),
      uid: textOf(field(field(request, 'target'), 'uid')),
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
    noteVerified(book.find(keyOf(completed.scheduledEventId))?.what ?? '', result, book);
    const refuted = field(result, 'verified') === false;
    const status = refuted ? AuditStatus.failed : AuditStatus.done;
    const found = field(result, 'target');
    book.end(keyOf(completed.scheduledEventId), event, status, {
      result: textOf(field(result, 'summary')),
      ...contentOf(result),
      ...(found !== undefined && { target: targetText(found), uid: textOf(field(found, 'uid')) }),
    });
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

/** What an action's phase answered: a validation, an effect or an evidence; each field only where it means something. */
function contentOf(result: unknown): Partial<AuditRecord> {
  const diff = field(result, 'diff');
  const changed = field(result, 'changed');
  return {
    ...(Array.isArray(diff) && { diff: diff as FieldChange[], before: field(result, 'before') as Json }),
    warnings: textsOf(field(result, 'warnings')),
    ...(typeof changed === 'boolean' && { changed }),
    ...(isFilled(field(result, 'data')) && { data: field(result, 'data') as Json }),
    irreversible: textsOf(field(result, 'irreversible')),
  };
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** `web:check/0` and `web:rollback` are activities of the step `web`. */
function stepOf(stepId: string | undefined): Pick<AuditRecord, 'step' | 'part'> {
  const [, step, part, index] = /^(.+):(check|rollback)(?:\/(\d+))?$/.exec(stepId ?? '') ?? [];
  if (step === undefined) return { step: stepId };
  return { step, part: part === 'check' ? `check ${Number(index ?? 0) + 1}` : 'compensation' };
}

/** A retried step stamps `<workflowId>/<step>@2`. */
function attemptOf(operationId: string | undefined): number | undefined {
  const [, attempt] = /@(\d+)$/.exec(operationId ?? '') ?? [];
  return attempt === undefined ? undefined : Number(attempt);
}

/** Key of an activity in the book, also for the pending ones that only the server's description knows. */
function keyOf(scheduledEventId: HistoryEvent['eventId']): string {
  return `activity/${eventNumber(scheduledEventId)}`;
}

function phaseOf(activityType: string): string | undefined {
  const dot = activityType.lastIndexOf('.');
  return dot < 0 ? undefined : activityType.slice(dot + 1);
}
