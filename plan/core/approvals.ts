import { matchesDigest, shortDigest } from '../digest';
import type { Signature } from '../decision/signed-decision';
import { StepStatus } from '../outcome';
import { RunPhase, type PendingApproval } from '../steering';
import { seekAdmission } from './admit';
import { approvalKey } from './ask';
import { stepDigest } from './digest';
import type { Draft } from './draft';
import { STALE_AFTER_APPROVAL_MS } from './limits';
import { accept, because, refuse } from './reply';
import type { RunEvent } from './state';
import { automaticUndo, stop } from './stop';

export function approve(draft: Draft, event: Extract<RunEvent, { type: 'approve' }>): void {
  const pending = whyNotCounted(draft, event.signature) ?? select(draft, event.step);
  if (typeof pending === 'string') return refuse(draft, 'approval_refused', event.by, pending);
  if (pending.subject.kind === 'decision') {
    const text = `step ${pending.subject.step} has failed: retry it, skip it, reject (which takes back what was done) or abort`;
    return refuse(draft, 'approval_refused', event.by, text);
  }
  if (!matchesDigest(pending.digest, event.digest)) {
    const given = event.digest.slice(0, 80);
    const text = `digest ${given} is not what is waiting for approval (${shortDigest(pending.digest)}); look at the preview again`;
    return refuse(draft, 'approval_refused', event.by, text);
  }
  const { groups } = pending;
  // What somebody only claims to belong to says nothing.
  if (draft.run.verifiedOnly && groups && !groups.some((group) => event.signature?.groups.includes(group))) {
    const text = `${event.by} belongs to none of the groups that may approve it (${groups.join(', ')})`;
    return refuse(draft, 'approval_refused', event.by, text);
  }
  const by = personOf(event.by);
  if (pending.excluded !== undefined && personOf(pending.excluded) === by) {
    const text = `${event.by} asked for this plan: somebody else must approve a change of medium or high risk`;
    return refuse(draft, 'approval_refused', event.by, text);
  }
  const quorum = pending.quorum ?? 1;
  const approvers = pending.approvers ?? [];
  if (approvers.some((other) => personOf(other) === by)) {
    return refuse(
      draft,
      'approval_refused',
      event.by,
      `${event.by} has approved already; ${quorum} different persons must`,
    );
  }
  use(draft, event.signature);
  const what = `${approvalKey(pending.subject)} ${shortDigest(pending.digest)}${signedBy(event.signature)}`;
  const count = quorum > 1 ? ` (${approvers.length + 1} of ${quorum})` : '';
  accept(draft, 'approved', event.by, `${what}${count}${because(event.reason)}`);
  settle(draft, pending);
  if (approvers.length + 1 < quorum) {
    draft.state.approvals.push({ ...pending, approvers: [...approvers, event.by] });
    return;
  }
  grant(draft, pending);
}

/** Two spellings are no two persons. */
function personOf(name: string): string {
  return name.trim().toLowerCase();
}

function grant(draft: Draft, { subject, digest }: PendingApproval): void {
  if (subject.kind === 'rollback') {
    draft.state.phase = RunPhase.undoing;
  } else if (subject.kind === 'step') {
    const step = draft.step(subject.step);
    step.approved = digest;
    step.changedBy = undefined;
    step.status = StepStatus.pending;
    distrust(draft, subject.step);
  } else {
    // What the approver saw of each step is what each step is held to from now on. A step that asks for its own approval
    // is asked about when its turn comes, plan approved or not.
    const covered = draft.state.order.filter((id) => !draft.spec(id).approval.required);
    for (const id of covered) draft.step(id).approved = stepDigest(draft.run, draft.state, id);
    for (const id of draft.state.order) distrust(draft, id);
    seekAdmission(draft);
  }
}

/** The world went on while a person decided: the step is validated again, and held to what was approved. */
function distrust(draft: Draft, id: string): void {
  const { validatedAt } = draft.peek(id);
  if (validatedAt !== undefined && draft.at - validatedAt > STALE_AFTER_APPROVAL_MS)
    draft.step(id).validatedAt = undefined;
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
function whyNotCounted({ run, state }: Draft, signature: Signature | undefined): string | undefined {
  if (signature === undefined) {
    return run.verifiedOnly ? 'only signed decisions count here (approval.identity: verified)' : undefined;
  }
  return state.usedDecisions?.includes(signature.jti) ? 'this signed decision has been used already' : undefined;
}

function use({ state }: Draft, signature: Signature | undefined): void {
  if (signature) state.usedDecisions = [...(state.usedDecisions ?? []), signature.jti];
}

function signedBy(signature: Signature | undefined): string {
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

export function approvalReminder(draft: Draft, key: string): void {
  const pending = find(draft, key);
  if (pending) draft.fact('approval_reminder', `${key} still waits for a decision, until ${pending.deadline}`);
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

function find(draft: Draft, key: string): PendingApproval | undefined {
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
  if (approvals.length === 1) return approvals[0]!;
  const waiting = approvals.map(({ subject }) => approvalKey(subject)).join(', ');
  return `several approvals are waiting (${waiting}): name the step`;
}
