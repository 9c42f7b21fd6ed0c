import { matchesDigest, shortDigest } from '../digest';
import type { Signature } from '../decision/signed-decision';
import { StepStatus } from '../outcome';
import type { Approved, PendingApproval } from '../steering';
import { approvalKey } from './approval-key';
import type { Draft } from './draft';
import { grant } from './grant';
import { accept, because, refuse } from './reply';
import type { RunContext, RunEvent } from './state';
import { automaticUndo, stop } from './stop';

type Approve = Extract<RunEvent, { type: 'approve' }>;

/** Counts for everything that it names, or, when any of that is refused, for nothing. */
export function approve(draft: Draft, event: Approve): void {
  const { by, signature, also = [] } = event;
  const fault = whyNotCounted(draft, signature);
  if (fault !== undefined) return refuse(draft, 'approval_refused', by, fault);
  const chosen: PendingApproval[] = [];
  for (const approved of [event, ...also]) {
    const pending = approvable(draft, event, approved);
    if (typeof pending === 'string') return refuse(draft, 'approval_refused', by, pending);
    if (chosen.includes(pending)) {
      return refuse(draft, 'approval_refused', by, `${approvalKey(pending.subject)} is named twice`);
    }
    chosen.push(pending);
  }
  use(draft, signature);
  const answers = chosen.map((pending) => count(draft, event, pending));
  draft.reply = { accepted: true, message: answers.join('; ') };
}

/** What is meant by it, or why this person cannot approve that. */
function approvable(draft: Draft, { by, signature }: Approve, { digest, step }: Approved): PendingApproval | string {
  const pending = select(draft, step);
  if (typeof pending === 'string') return pending;
  if (pending.subject.kind === 'decision') {
    return `step ${pending.subject.step} has failed: retry it, skip it, reject (which takes back what was done) or abort`;
  }
  if (!matchesDigest(pending.digest, digest)) {
    const given = digest.slice(0, 80);
    return `digest ${given} is not what is waiting for approval (${shortDigest(pending.digest)}); look at the preview again`;
  }
  const outside = whyOutside(draft.run, pending.groups, { by, signature });
  if (outside !== undefined) return outside;
  if (pending.excluded !== undefined && isSame(pending.excluded, by)) {
    return `${by} asked for this plan: somebody else must approve a change of medium or high risk`;
  }
  if (pending.approvers?.some((other) => isSame(other, by))) {
    return `${by} has approved already; ${pending.quorum ?? 1} different persons must`;
  }
  return pending;
}

/** Why somebody does not count as a member of one of the groups. What is only claimed says nothing. */
export function whyOutside(
  { verifiedOnly, revision }: RunContext,
  groups: readonly string[] | undefined,
  { by, signature }: { by: string; signature?: Signature | undefined },
): string | undefined {
  if (groups === undefined || (revision < 4 && !verifiedOnly)) return undefined;
  const names = groups.join(', ');
  if (signature === undefined) {
    return `only members of ${names} may approve it, and nobody vouches for the groups of ${by}: approval.identity is claimed here, so a decision counts for a group only when it is signed (approval.keys)`;
  }
  if (groups.some((group) => signature.groups.includes(group))) return undefined;
  return `${by} belongs to none of the groups that may approve it (${names})`;
}

/** One more person has approved it; with enough of them it goes on. Answers with what was said. */
function count(draft: Draft, { by, signature, reason }: Approve, pending: PendingApproval): string {
  const quorum = pending.quorum ?? 1;
  const approvers = [...(pending.approvers ?? []), by];
  const what = `${approvalKey(pending.subject)} ${shortDigest(pending.digest)}${signedBy(signature)}`;
  const votes = quorum > 1 ? ` (${approvers.length} of ${quorum})` : '';
  const message = `${what}${votes}${because(reason)}`;
  accept(draft, 'approved', by, message);
  settle(draft, pending);
  if (approvers.length < quorum) draft.state.approvals.push({ ...pending, approvers });
  else grant(draft, pending, approvers);
  return message;
}

/** Two spellings are no two persons. */
export function isSame(one: string, other: string): boolean {
  return personOf(one) === personOf(other);
}

function personOf(name: string): string {
  return name.trim().toLowerCase();
}

export function reject(draft: Draft, event: Extract<RunEvent, { type: 'reject' }>): void {
  const pending = whyNotCounted(draft, event.signature) ?? select(draft, event.step);
  if (typeof pending === 'string') return refuse(draft, 'rejection_refused', event.by, pending);
  if (event.digest !== undefined && !matchesDigest(pending.digest, event.digest)) {
    const text = `digest ${event.digest.slice(0, 80)} is not what is waiting (${shortDigest(pending.digest)})`;
    return refuse(draft, 'rejection_refused', event.by, text);
  }
  use(draft, event.signature);
  settle(draft, pending);
  const what = `${approvalKey(pending.subject)}${because(event.reason)}`;
  accept(draft, 'rejected', event.by, `${what}${signedBy(event.signature)}`);
  deny(draft, pending, 'rejected', `${event.by} rejected ${what}`, event.by);
}

/** Why a decision does not count, whatever it is about; undefined: it does. */
export function whyNotCounted({ run, state }: Draft, signature: Signature | undefined): string | undefined {
  if (signature === undefined) {
    return run.verifiedOnly ? 'only signed decisions count here (approval.identity: verified)' : undefined;
  }
  return state.usedDecisions?.includes(signature.jti) ? 'this signed decision has been used already' : undefined;
}

export function use({ state }: Draft, signature: Signature | undefined): void {
  if (signature) state.usedDecisions = [...(state.usedDecisions ?? []), signature.jti];
}

export function signedBy(signature: Signature | undefined): string {
  return signature ? `, signed with ${signature.key}` : '';
}

export function approvalExpired(draft: Draft, key: string): void {
  const pending = find(draft, key);
  if (pending === undefined) return;
  settle(draft, pending);
  const reason = `nobody decided about ${key} until ${pending.deadline}`;
  draft.fact('expired', reason);
  deny(draft, pending, 'expired', reason);
}

function deny(
  draft: Draft,
  { subject }: PendingApproval,
  kind: 'rejected' | 'expired',
  reason: string,
  by?: string,
): void {
  if (subject.kind === 'rollback') {
    if (draft.state.stop) draft.state.stop = { ...draft.state.stop, undo: 'never' };
    return;
  }
  if (subject.kind === 'decision') {
    const failure = `step ${subject.step} failed: ${draft.peek(subject.step).error?.message}; ${reason}`;
    return stop(draft, { kind: 'failure', reason: failure, ...(by && { by }), undo: automaticUndo(draft) });
  }
  if (subject.kind === 'step') draft.step(subject.step).status = StepStatus.cancelled;
  stop(draft, { kind, reason, ...(by && { by }), undo: automaticUndo(draft) });
}

function settle(draft: Draft, pending: PendingApproval): void {
  draft.state.approvals = draft.state.approvals.filter((approval) => approval !== pending);
}

export function find(draft: Draft, key: string): PendingApproval | undefined {
  return draft.state.approvals.find((approval) => approvalKey(approval.subject) === key);
}

/** The approval that is meant, or why there is none. */
function select(draft: Draft, step: string | undefined): PendingApproval | string {
  const { approvals } = draft.state;
  if (step !== undefined) {
    const found = find(draft, `step:${step}`) ?? find(draft, `decision:${step}`);
    return found ?? `step ${step} is not waiting for approval`;
  }
  if (approvals.length === 0) return 'nothing is waiting for approval';
  const whole = approvals.find(({ subject }) => !('step' in subject));
  if (whole !== undefined || approvals.length === 1) return whole ?? approvals[0]!;
  const waiting = approvals.map(({ subject }) => approvalKey(subject)).join(', ');
  return `several approvals are waiting (${waiting}): name the step`;
}
