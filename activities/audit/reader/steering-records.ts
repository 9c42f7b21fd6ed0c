import type { Json } from '../../../plan/json';
import { Steering } from '../../../plan/steering';
import { type AuditBook } from './audit-book';
import { AuditKind, type AuditRecord, AuditStatus } from './audit-record';
import { claimsOf } from './signed-records';
import { eventNumber, failureOf, field, firstValue, type HistoryEvent, textOf } from './history-event';

/** Signals and updates: who decided what, and what the workflow answered. */
export function readSteeringEvent(event: HistoryEvent, book: AuditBook): void {
  const signalled = event.workflowExecutionSignaledEventAttributes;
  if (signalled) {
    const name = signalled.signalName ?? 'signal';
    const isSteering = Object.values(Steering).some((steering) => steering === name);
    book.note(event, isSteering ? AuditKind.steering : AuditKind.message, name, {
      ...decision(firstValue(signalled.input)),
      identity: textOf(signalled.identity),
    });
    return;
  }
  const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
  if (accepted) {
    const request = accepted.acceptedRequest;
    book.begin(`update/${eventNumber(event.eventId)}`, event, AuditKind.steering, request?.input?.name ?? 'update', {
      ...decision(firstValue(request?.input?.args)),
      identity: textOf(request?.meta?.identity),
    });
    return;
  }
  const completed = event.workflowExecutionUpdateCompletedEventAttributes;
  if (completed) {
    const failure = failureOf(completed.outcome?.failure);
    const status = failure === undefined ? AuditStatus.done : AuditStatus.refused;
    const result = textOf(firstValue(completed.outcome?.success));
    book.end(`update/${eventNumber(completed.acceptedEventId)}`, event, status, { failure, result });
    return;
  }
  readMessageOut(event, book);
}

function readMessageOut(event: HistoryEvent, book: AuditBook): void {
  const sent = event.signalExternalWorkflowExecutionInitiatedEventAttributes;
  if (sent) {
    const summary = `to ${sent.workflowExecution?.workflowId ?? 'another workflow'}`;
    book.begin(`sent/${eventNumber(event.eventId)}`, event, AuditKind.sent, sent.signalName ?? 'signal', { summary });
    return;
  }
  const delivered = event.externalWorkflowExecutionSignaledEventAttributes;
  if (delivered) book.end(`sent/${eventNumber(delivered.initiatedEventId)}`, event, AuditStatus.done);
  const lost = event.signalExternalWorkflowExecutionFailedEventAttributes;
  if (lost) {
    const failure = { message: 'The other workflow has ended or does not exist' };
    book.end(`sent/${eventNumber(lost.initiatedEventId)}`, event, AuditStatus.failed, { failure });
  }
}

/** What was asked, or what a signed decision says: who signed it, not who sent it. */
function decision(given: unknown): Partial<AuditRecord> {
  const claims = claimsOf(given);
  const request = claims ?? given;
  const jti = textOf(field(claims, 'jti'));
  const params = field(request, 'params') ?? changesOf(request);
  const also = field(request, 'also');
  const withoutUndo = field(request, 'undo') === false;
  return {
    by: textOf(field(request, 'by')),
    step: textOf(field(request, 'step')),
    digest: textOf(field(request, 'digest')),
    reason: textOf(field(request, 'reason')),
    ...(claims !== undefined && { signature: jti === undefined ? {} : { jti } }),
    ...(params !== undefined && { params: params as Json }),
    ...(Array.isArray(also) && { summary: `also ${also.map(approvedText).join(', ')}` }),
    ...(withoutUndo && { summary: 'without undoing what was done' }),
  };
}

/** Of an override: the params by step. */
function changesOf(request: unknown): Json | undefined {
  const changes = field(request, 'changes');
  if (!Array.isArray(changes)) return undefined;
  const named = changes.map((change) => [textOf(field(change, 'step')) ?? '', (field(change, 'params') ?? {}) as Json]);
  return Object.fromEntries(named) as Json;
}

function approvedText(one: unknown): string {
  const step = textOf(field(one, 'step'));
  return `${step === undefined ? 'the plan' : `step ${step}`} ${textOf(field(one, 'digest')) ?? ''}`;
}
