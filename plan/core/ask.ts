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
    why,
  };
  draft.state.approvals.push(approval);
  const detail = `${approvalKey(subject)} ${shortDigest(digest)}: ${why}; until ${approval.deadline}`;
  draft.fact('approval_requested', detail, 'step' in subject ? { step: subject.step } : {});
}
