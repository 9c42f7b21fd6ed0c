import { shortDigest } from '../digest';
import { durationMs } from '../duration';
import type { Approval } from '../model';
import type { ApprovalSubject, PendingApproval } from '../steering';
import type { Draft } from './draft';

/** `plan`, `rollback`, `step:<id>` or `decision:<id>`; names the timers of an approval too. */
export function approvalKey(subject: ApprovalSubject): string {
  return 'step' in subject ? `${subject.kind}:${subject.step}` : subject.kind;
}

/** Asks people; no answer until the deadline means no. */
export function ask(draft: Draft, subject: ApprovalSubject, digest: string, why: string, terms: Approval): void {
  const approval: PendingApproval = {
    subject,
    digest,
    since: new Date(draft.at).toISOString(),
    deadline: new Date(draft.at + durationMs(terms.deadline)).toISOString(),
    remindEvery: terms.remindEvery,
    ...(terms.quorum !== undefined && { quorum: terms.quorum }),
    ...(terms.groups && { groups: terms.groups }),
    ...(excludesRequester(draft, subject) && { excluded: draft.run.plan.metadata.requester }),
    why,
  };
  draft.state.approvals.push(approval);
  const detail = `${approvalKey(subject)} ${shortDigest(digest)}: ${why}; until ${approval.deadline}`;
  draft.fact('approval_requested', detail, 'step' in subject ? { step: subject.step } : {});
}

/** Whoever asked for something of medium risk or more may not approve it, where policies say so. */
function excludesRequester(draft: Draft, subject: ApprovalSubject): boolean {
  if (draft.state.policy?.noSelfApproval !== true || subject.kind === 'rollback') return false;
  const ids = subject.kind === 'step' ? [subject.step] : draft.state.order;
  return ids.some((id) => !draft.meta(id).readOnly && draft.meta(id).risk !== 'low');
}
