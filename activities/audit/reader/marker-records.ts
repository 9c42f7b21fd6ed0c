import { GuardActivity } from '../../../plan/guard/messages';
import type { PolicyDecision } from '../../../plan/policy/decision';
import type { AuditBook } from './audit-book';
import { AuditKind, type AuditStep, AuditStatus } from './audit-record';
import { noteGuardMessage } from './guard-records';
import { failureOf, field, firstValue, type HistoryEvent, listOf, numberOf, targetText, textOf } from './history-event';
import { noteVerified } from './signed-records';

/** Local activities: the check of the plan, policies, messages to guards. They are markers in the history, without input. */
export function readMarkerEvent(event: HistoryEvent, book: AuditBook): void {
  const marker = event.markerRecordedEventAttributes;
  if (marker?.markerName !== 'core_local_activity') return;
  const about = firstValue(marker.details?.['data']);
  const type = textOf(field(about, 'activity_type')) ?? 'local activity';
  const result = firstValue(marker.details?.['result']);
  const failure = failureOf(marker.failure);
  noteVerified(type, result, book);
  const attempts = numberOf(field(about, 'attempt'));
  const more = { ...(attempts !== undefined && { attempts }), ...(failure !== undefined && { failure }) };
  if (type === GuardActivity.request || type === GuardActivity.release) noteGuardMessage(event, book, type, more);
  else if (type === 'policy.evaluate') notePolicy(event, book, result as PolicyDecision | undefined, more);
  else if (type === 'plan.check') noteCheck(event, book, result, more);
  else {
    const status = failure === undefined ? AuditStatus.done : AuditStatus.failed;
    book.note(event, AuditKind.activity, type, { status, ...more });
  }
}

type More = Parameters<typeof noteGuardMessage>[3];

function notePolicy(event: HistoryEvent, book: AuditBook, decision: PolicyDecision | undefined, more: More): void {
  if (typeof decision?.verdict !== 'string') {
    book.note(event, AuditKind.policy, 'policy failed', { status: AuditStatus.failed, ...more });
    return;
  }
  const { verdict, mode, version, rules, approval, steps } = decision;
  const step = book.planDecided ? Object.keys(steps)[0] : undefined;
  book.planDecided = true;
  const denied = verdict === 'deny' || verdict === 'observe';
  book.note(event, AuditKind.policy, `policy ${verdict}`, {
    status: denied ? AuditStatus.refused : AuditStatus.done,
    ...(step !== undefined && { step }),
    summary: `${verdict}, mode ${mode}`,
    reason: rules.map(({ rule, reason }) => `${rule}: ${reason}`).join('; ') || undefined,
    policy: { verdict, mode, version, rules, ...(approval && { approval }) },
    ...more,
  });
}

function noteCheck(event: HistoryEvent, book: AuditBook, result: unknown, more: More): void {
  const problems = listOf(field(result, 'problems'));
  const spec = field(field(result, 'plan'), 'spec');
  const actions = field(result, 'actions');
  const cluster = textOf(field(spec, 'cluster'));
  const steps = listOf(field(spec, 'steps')).map((step): AuditStep => {
    const action = textOf(field(step, 'action')) ?? '';
    const meta = field(actions, action);
    const target = targetText(field(step, 'target'));
    return {
      id: textOf(field(step, 'id')) ?? '',
      action,
      ...(target !== undefined && { target }),
      ...(textOf(field(meta, 'risk')) !== undefined && { risk: textOf(field(meta, 'risk')) }),
      ...(textOf(field(meta, 'reversibility')) !== undefined && {
        reversibility: textOf(field(meta, 'reversibility')),
      }),
    } as AuditStep;
  });
  const ok = field(result, 'ok') === true;
  book.note(event, AuditKind.check, ok ? 'plan checked' : 'plan refused', {
    status: ok ? AuditStatus.done : AuditStatus.failed,
    ...(cluster !== undefined && { cluster }),
    ...(steps.length > 0 && { steps, summary: `${steps.length} steps` }),
    ...(problems.length > 0 && { warnings: problems.map((problem) => textOf(field(problem, 'message')) ?? '') }),
    ...(!ok && problems.length > 0 && { reason: textOf(field(problems[0], 'message')) }),
    ...more,
  });
}
