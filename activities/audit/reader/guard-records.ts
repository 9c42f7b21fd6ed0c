import { GuardActivity, GuardSignal } from '../../../plan/guard/messages';
import type { AuditBook } from './audit-book';
import { type AuditFailure, AuditKind, type AuditRecord, AuditStatus } from './audit-record';
import { field, firstValue, type HistoryEvent, numberOf, textOf, textsOf } from './history-event';

/**
 * What guards answered. The request itself names no scope in the history (a local activity's input is not kept); since a
 * run asks one guard at a time, the answer that follows names it.
 */
export function readGuardSignal(event: HistoryEvent, book: AuditBook): boolean {
  const signalled = event.workflowExecutionSignaledEventAttributes;
  const read = answers[signalled?.signalName ?? ''];
  if (signalled === undefined || signalled === null || read === undefined) return false;
  const answer = firstValue(signalled.input);
  const scope = textOf(field(answer, 'scope'));
  const identity = textOf(signalled.identity);
  read({ event, book, answer, scope, common: { identity, guard: { ...(scope !== undefined && { scope }) } } });
  return true;
}

interface Answer {
  event: HistoryEvent;
  book: AuditBook;
  answer: unknown;
  scope: string | undefined;
  common: Partial<AuditRecord>;
}

const answers: Record<string, (answer: Answer) => void> = {
  [GuardSignal.queued]: ({ event, book, answer, scope, common }) => {
    const wait = field(answer, 'wait');
    const position = numberOf(field(wait, 'position'));
    const behind = textsOf(field(wait, 'behind'));
    const until = textOf(field(wait, 'until'));
    const guard = {
      ...common.guard,
      ...(position && { position }),
      ...(behind && { behind }),
      ...(until && { until }),
    };
    const more = { ...common, guard, reason: textOf(field(wait, 'why')), until: textOf(field(wait, 'deadline')) };
    const key = waitKey(scope);
    const waiting = book.find(key);
    // Told again whenever its place has changed: the wait is one fact, the last reason the best.
    if (waiting === undefined) book.begin(key, event, AuditKind.guard, 'guard wait', { ...more, summary: scope });
    else Object.assign(waiting, { guard: more.guard, reason: more.reason ?? waiting.reason });
  },
  [GuardSignal.granted]: ({ event, book, answer, scope, common }) => {
    const token = numberOf(field(answer, 'token'));
    book.end(waitKey(scope), event, AuditStatus.done);
    if (scope !== undefined) book.held.set(scope, token ?? 0);
    const guard = { ...common.guard, ...(token !== undefined && { token }) };
    book.note(event, AuditKind.guard, 'guard granted', { ...common, guard, summary: scope });
  },
  [GuardSignal.refused]: ({ event, book, answer, scope, common }) => {
    book.end(waitKey(scope), event, AuditStatus.refused);
    const more = { ...common, summary: scope, reason: textOf(field(answer, 'reason')) };
    book.note(event, AuditKind.guard, 'guard refused', { ...more, status: AuditStatus.refused });
  },
  [GuardSignal.lost]: ({ event, book, answer, scope, common }) => {
    if (scope !== undefined) book.held.delete(scope);
    const more = { ...common, summary: scope, reason: textOf(field(answer, 'reason')) };
    book.note(event, AuditKind.guard, 'guard lost', { ...more, status: AuditStatus.failed });
  },
};

/** A message to a guard, done as a local activity. */
export function noteGuardMessage(event: HistoryEvent, book: AuditBook, type: string, more: MarkerFacts): void {
  const status = more.failure === undefined ? AuditStatus.done : AuditStatus.failed;
  if (type === GuardActivity.request) {
    book.note(event, AuditKind.guard, 'guard requested', { status, ...more });
    return;
  }
  const summary = [...book.held.keys()].join(', ') || 'none was held';
  book.held.clear();
  book.note(event, AuditKind.guard, 'guards released', { status, summary, ...more });
}

export interface MarkerFacts {
  attempts?: number;
  failure?: AuditFailure | undefined;
}

function waitKey(scope: string | undefined): string {
  return `guard/${scope ?? ''}`;
}
