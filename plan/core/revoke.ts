import { matchesDigest, shortDigest } from '../digest';
import type { Grant, PendingApproval } from '../steering';
import { isSame, signedBy, use, whyNotCounted, whyOutside } from './approvals';
import { askAgain } from './ask-again';
import { approvalKey } from './approval-key';
import type { Draft } from './draft';
import { begunBy, openGrants } from './grant';
import { accept, because, refuse } from './reply';
import type { RunEvent } from './state';

type Revoke = Extract<RunEvent, { type: 'revoke' }>;

/**
 * Takes an approval back. Whoever gave it may, and whoever could have given it. One that is not complete loses that vote (or,
 * revoked by somebody else, all of them); a complete one is asked for again, unless something has begun on it.
 */
export function revoke(draft: Draft, event: Revoke): void {
  const { by, signature, digest } = event;
  const no = (why: string) => refuse(draft, 'revoke_refused', by, why);
  const { stop } = draft.state;
  const fault = whyNotCounted(draft, signature);
  if (fault !== undefined) return no(fault);
  if (stop && draft.state.approvals.length === 0) return no(`the remediation is already stopping (${stop.reason})`);
  const about = select(draft, event.step);
  if (typeof about === 'string') return no(about);
  if (digest !== undefined && !matchesDigest(about.digest, digest)) {
    return no(`digest ${digest.slice(0, 80)} is not what was approved (${shortDigest(about.digest)})`);
  }
  const votes = 'at' in about ? about.by : (about.approvers ?? []);
  const own = votes.some((voter) => isSame(voter, by));
  const outside = own ? undefined : whyOutside(draft.run, about.groups, { by, signature });
  if (outside !== undefined) return no(`${by} has not approved it; ${outside}`);
  use(draft, signature);
  const what = `${approvalKey(about.subject)} ${shortDigest(about.digest)}, approved by ${votes.join(', ')}`;
  accept(draft, 'revoked', by, `${what}${signedBy(signature)}${because(event.reason)}`);
  if ('at' in about) askAgain(draft, about, `${by} has revoked the approval${because(event.reason)}`);
  else withdraw(draft, about, own ? votes.filter((voter) => !isSame(voter, by)) : []);
}

function withdraw(draft: Draft, pending: PendingApproval, votes: string[]): void {
  const { approvers: _, ...rest } = pending;
  const left = votes.length > 0 ? { ...rest, approvers: votes } : rest;
  draft.state.approvals = draft.state.approvals.map((other) => (other === pending ? left : other));
}

/** What can be revoked, or why nothing can. */
function select(draft: Draft, step: string | undefined): Grant | PendingApproval | string {
  const { run, state } = draft;
  const open = [...openGrants(run, state), ...state.approvals.filter(({ approvers }) => approvers?.length)];
  if (step !== undefined) {
    if (!(step in state.steps)) return `there is no step ${step.slice(0, 80)}`;
    const own = open.find(({ subject }) => approvalKey(subject) === `step:${step}`);
    return own ?? tooLate(draft, { kind: 'step', step }) ?? `step ${step} has no approval of its own to be revoked`;
  }
  const whole = open.find(({ subject }) => !('step' in subject));
  if (whole !== undefined) return whole;
  if (open.length === 1) return open[0]!;
  if (open.length === 0) return tooLate(draft, { kind: 'plan' }) ?? 'nothing has been approved that could be revoked';
  return `several approvals can be revoked (${open.map(({ subject }) => approvalKey(subject)).join(', ')}): name the step`;
}

function tooLate({ run, state }: Draft, subject: Grant['subject']): string | undefined {
  const begun = begunBy(run, state, subject);
  if (begun === undefined) return undefined;
  const { status } = state.steps[begun]!;
  return `step ${begun} has begun (${status}): too late to revoke; abort the remediation, which takes back what was done`;
}
