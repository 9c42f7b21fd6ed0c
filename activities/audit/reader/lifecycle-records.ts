import { type AuditBook, dropAbsent } from './audit-book';
import { type AuditFailure, AuditKind, type AuditRecord, type AuditStep, AuditStatus } from './audit-record';
import {
  allValues,
  decode,
  failureOf,
  field,
  firstValue,
  type HistoryEvent,
  listOf,
  numberOf,
  targetText,
  textOf,
  textsOf,
} from './history-event';

/** Start, cancel, continue and end of a run, and what should never happen to its code. */
export function readLifecycleEvent(event: HistoryEvent, book: AuditBook): void {
  const started = event.workflowExecutionStartedEventAttributes;
  if (started?.continuedExecutionRunId) resume(field(field(firstValue(started.input), 'resume'), 'state'), book);
  if (started && !started.continuedExecutionRunId) {
    const metadata = field(field(firstValue(started.input), 'plan'), 'metadata');
    const name = textOf(field(metadata, 'name'));
    const spec = field(field(firstValue(started.input), 'plan'), 'spec');
    book.note(event, AuditKind.started, name === undefined ? 'started' : `plan ${name}`, {
      by: textOf(field(metadata, 'requester')),
      identity: textOf(started.identity),
      reason: textOf(field(metadata, 'reason')),
      summary: textOf(field(metadata, 'incident')) ?? startedBy(started.parentWorkflowExecution?.workflowId),
      cluster: textOf(field(spec, 'cluster')),
      planHash: textOf(decode(started.memo?.fields?.['KubernautPlanHash'])),
      investigation: investigationOf(field(metadata, 'investigation')),
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

/** What an earlier run, which may be past retention, hands on: guards held, and that the plan was decided about. */
function resume(state: unknown, book: AuditBook): void {
  if (field(state, 'policy') !== undefined) book.planDecided = true;
  const held = field(field(state, 'guards'), 'held');
  for (const [scope, token] of Object.entries((held ?? {}) as Record<string, unknown>)) {
    if (!book.held.has(scope)) book.held.set(scope, numberOf(token) ?? 0);
  }
}

function investigationOf(given: unknown): AuditRecord['investigation'] {
  const found = {
    id: textOf(field(given, 'id')),
    url: textOf(field(given, 'url')),
    confidence: numberOf(field(given, 'confidence')),
  };
  return Object.values(found).some((value) => value !== undefined) ? dropAbsent(found) : undefined;
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
    ...endOf(result),
    ...more,
  });
}

/** What the result says of each step, of what was undone, and of what is still there. */
function endOf(result: unknown): Partial<AuditRecord> {
  const steps = listOf(field(result, 'steps')).map((step): AuditStep => {
    const error = field(step, 'error');
    return dropAbsent({
      id: textOf(field(step, 'id')) ?? '',
      action: textOf(field(step, 'action')) ?? '',
      status: textOf(field(step, 'status')),
      summary: textOf(field(step, 'summary')),
      error: error === undefined ? undefined : failureIn(error),
    }) as AuditStep;
  });
  const left = listOf(field(result, 'left')).map((each) =>
    dropAbsent({
      step: textOf(field(each, 'step')) ?? '',
      target: targetText(field(each, 'target')),
      summary: textOf(field(each, 'summary')) ?? '',
      why: textOf(field(each, 'why')) ?? '',
    }),
  );
  return {
    ...(steps.length > 0 && { steps }),
    undone: textsOf(field(result, 'undone')),
    ...(left.length > 0 && { left: left as NonNullable<AuditRecord['left']> }),
  };
}

function failureIn(error: unknown): AuditFailure {
  return dropAbsent({
    code: textOf(field(error, 'code')),
    message: textOf(field(error, 'message')) ?? '',
  }) as AuditFailure;
}
