import { Steering } from '../../../plan/steering';
import { type AuditBook } from './audit-book';
import { AuditKind, type AuditRecord, AuditStatus } from './audit-record';
import {
  eventNumber,
  eventTime,
  failureOf,
  field,
  firstValue,
  type HistoryEvent,
  summaryOf,
  textOf,
} from './history-event';

/** Timers and child workflows. */
export function readWaitingEvent(event: HistoryEvent, book: AuditBook): void {
  readTimerEvent(event, book);
  readChildEvent(event, book);
}

function readTimerEvent(event: HistoryEvent, book: AuditBook): void {
  const timer = event.timerStartedEventAttributes;
  if (timer) {
    const seconds = Number(timer.startToFireTimeout?.seconds ?? 0) + (timer.startToFireTimeout?.nanos ?? 0) / 1e9;
    const summary = summaryOf(event) ?? `${seconds} s`;
    beginTimer(event, book, summary);
    return;
  }
  const started = event.timerFiredEventAttributes?.startedEventId ?? event.timerCanceledEventAttributes?.startedEventId;
  if (started === undefined || started === null) return;
  const key = `timer/${eventNumber(started)}`;
  const fired = event.timerFiredEventAttributes !== undefined && event.timerFiredEventAttributes !== null;
  const record = book.find(key);
  if (record?.kind === AuditKind.approval && fired && Date.parse(eventTime(event)) < Date.parse(record.until ?? '')) {
    // A reminder, not the end of the question: the next timer goes on with it.
    record.attempts = (record.attempts ?? 0) + 1;
    book.move(key, approvalKey(record.what));
    return;
  }
  if (record?.kind !== AuditKind.approval) book.end(key, event, fired ? AuditStatus.done : AuditStatus.cancelled);
  else if (fired) book.end(key, event, AuditStatus.timedOut, { result: 'nobody decided in time' });
  else book.end(key, event, isAnswered(book, record) ? AuditStatus.done : AuditStatus.cancelled);
}

/** Somebody decided while it was asked; else the question went away with the plan. */
function isAnswered(book: AuditBook, asked: AuditRecord): boolean {
  const since = book.records.slice(book.records.indexOf(asked));
  return since.some(({ kind, what, status }) => {
    return kind === AuditKind.steering && status !== AuditStatus.refused && answers.includes(what);
  });
}

const answers: readonly string[] = [
  Steering.approve,
  Steering.reject,
  Steering.skipStep,
  Steering.retryStep,
  Steering.override,
];

/** Timers say in their summary what they wait for; the history has no other trace of a question, or of a temporary effect. */
function beginTimer(event: HistoryEvent, book: AuditBook, summary: string): void {
  const key = `timer/${eventNumber(event.eventId)}`;
  const [, subject, deadline] = /^approval of (.+): no decision until (\S+) means no$/.exec(summary) ?? [];
  const [, until] = /^temporary effects stay until (\S+)$/.exec(summary) ?? [];
  if (subject !== undefined) {
    const what = `approval of ${subject}`;
    if (book.find(approvalKey(what)) !== undefined) return book.move(approvalKey(what), key);
    const [, step] = /^(?:step|decision):(.+)$/.exec(subject) ?? [];
    book.begin(key, event, AuditKind.approval, what, {
      step,
      until: deadline,
      summary: `no decision until ${deadline} means no`,
    });
  } else if (until !== undefined) {
    book.begin(key, event, AuditKind.keeping, 'temporary effects stay', { until, summary: `until ${until}` });
  } else book.begin(key, event, AuditKind.timer, 'timer', { summary });
}

function approvalKey(what: string): string {
  return `reminded/${what}`;
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
