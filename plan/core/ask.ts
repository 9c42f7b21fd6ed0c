import { shortDigest } from '../digest';
import { durationMs } from '../duration';
import type { Approval, EscalationStage } from '../model';
import type { ApprovalSubject, PendingApproval } from '../steering';
import { approvalKey } from './approval-key';
import type { Draft } from './draft';
import { tell } from './remind';

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
    ...(signedOnly(draft, terms) && { signedOnly: true }),
    ...(terms.runWithin !== undefined && { runWithin: terms.runWithin }),
    ...(terms.notify !== undefined && { notify: terms.notify }),
    ...(terms.escalation && { stages: stagesOf(draft, terms.escalation) }),
    ...(excludesRequester(draft, subject) && { excluded: draft.run.plan.metadata.requester }),
    why,
  };
  draft.state.approvals.push(approval);
  const detail = `${approvalKey(subject)} ${shortDigest(digest)}: ${why}; until ${approval.deadline}`;
  draft.fact('approval_requested', detail, 'step' in subject ? { step: subject.step } : {});
  tell(draft, approval, 'is asked for');
}

function stagesOf({ at }: Draft, escalation: readonly EscalationStage[]): NonNullable<PendingApproval['stages']> {
  return escalation.map(({ after, ...stage }) => ({ at: new Date(at + durationMs(after)).toISOString(), ...stage }));
}

/** Who belongs to a group is proven by a signature alone. */
function signedOnly({ run }: Draft, { groups }: Approval): boolean {
  return run.verifiedOnly || (groups !== undefined && run.revision >= 4);
}

/** Whoever asked for something of medium risk or more may not approve it, where policies say so. */
function excludesRequester(draft: Draft, subject: ApprovalSubject): boolean {
  if (draft.state.policy?.noSelfApproval !== true || subject.kind === 'rollback') return false;
  const ids = subject.kind === 'step' ? [subject.step] : draft.state.order;
  return ids.some((id) => !draft.meta(id).readOnly && draft.meta(id).risk !== 'low');
}
