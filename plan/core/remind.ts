import { shortDigest } from '../digest';
import type { PendingApproval } from '../steering';
import { approvalKey } from './approval-key';
import type { Draft } from './draft';
import type { Notice, RunEvent } from './state';

/** Nobody has decided yet; the channel of the approval, if it has one, is told. */
export function approvalReminder(draft: Draft, key: string): void {
  const pending = draft.state.approvals.find(({ subject }) => approvalKey(subject) === key);
  if (pending === undefined) return;
  draft.fact('approval_reminder', `${key} still waits for a decision, until ${pending.deadline}`);
  tell(draft, pending, 'still waits for a decision');
}

/** The next people are asked as well. The deadline stays. A stage that has come already, or of an earlier question, changes nothing. */
export function approvalEscalated(
  draft: Draft,
  { key, since, stage }: Extract<RunEvent, { type: 'approval_escalated' }>,
): void {
  const { state } = draft;
  const pending = state.approvals.find((one) => approvalKey(one.subject) === key && one.since === since);
  const next = pending?.stages?.[stage];
  if (pending === undefined || next === undefined || stage !== (pending.escalated ?? 0)) return;
  // Where anybody may approve, it only says who is asked.
  const groups = pending.groups && [...new Set([...pending.groups, ...(next.groups ?? [])])];
  const escalated: PendingApproval = {
    ...{ ...pending, escalated: stage + 1 },
    ...(groups && { groups }),
    ...(next.notify !== undefined && { notify: next.notify }),
  };
  state.approvals = state.approvals.map((one) => (one === pending ? escalated : one));
  const whom = next.groups ? `; ${next.groups.join(', ')} may approve it, too` : '';
  const subject = 'step' in pending.subject ? { step: pending.subject.step } : {};
  draft.fact('approval_escalated', `${key}, stage ${stage + 1} of ${pending.stages!.length}${whom}`, subject);
  tell(draft, escalated, `has waited for a decision since ${since}${whom}`);
}

/** Tells the channel of the approval, if it has one. */
export function tell(draft: Draft, pending: PendingApproval, what: string): void {
  const { channel, plan } = { channel: pending.notify, plan: draft.run.plan.metadata };
  if (channel === undefined) return;
  const about = approvalKey(pending.subject);
  const { groups, quorum = 1 } = pending;
  const text = [
    pending.why,
    `Plan: ${plan.reason}`,
    `Digest: ${shortDigest(pending.digest)}`,
    ...(groups ? [`Who may approve: ${groups.join(', ')}`] : []),
    ...(quorum > 1 ? [`Approved by ${pending.approvers?.length ?? 0} of ${quorum}`] : []),
    `No decision until ${pending.deadline} means no.`,
  ];
  draft.command({
    ...{ type: 'tell', channel, about, severity: pending.escalated ? 'warning' : 'info' },
    id: `approval/${about.replace(':', '/')}/${draft.at}`,
    title: oneLine(`${plan.name}: the approval of ${about} ${what}`).slice(0, 200),
    text: text.join('\n').slice(0, 4000),
    ...decisionOn(pending),
  });
}

/** What becomes of a failed step is not decided by a yes: it is retried or skipped. */
function decisionOn({ subject, digest }: PendingApproval): Pick<Notice, 'decision'> {
  if (subject.kind === 'decision') return {};
  return { decision: { digest, ...(subject.kind === 'step' && { step: subject.step }) } };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** That somebody could not be told is no reason to stop; it is recorded. */
export function told(draft: Draft, { channel, about, problem }: Extract<RunEvent, { type: 'told' }>): void {
  if (problem === undefined) draft.fact('notified', `${channel} was told about the approval of ${about}`);
  else draft.fact('notify_failed', `${channel} was not told about the approval of ${about}: ${problem.message}`);
}
