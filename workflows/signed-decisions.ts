import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import { DECISION_VERIFY, type VerifiedDecision, type VerifyDecisionInput } from '../plan/decision/signed-decision';
import { digestOf } from '../plan/digest';
import type { Json } from '../plan/json';
import type { ParamsChange, Steering } from '../plan/steering';
import { problemOfActivity } from './failures';
import type { Steer } from './steering';

export type DecisionKind = (typeof Steering)['approve' | 'reject' | 'revoke' | 'override'];

/** What a refused one is called in the audit: `approval_refused`. */
const attempts: Readonly<Record<DecisionKind, string>> = {
  ...{ approve: 'approval', reject: 'rejection' },
  ...{ revoke: 'revoke', override: 'override' },
};

const { [DECISION_VERIFY]: verify } = proxyLocalActivities<{
  [DECISION_VERIFY]: (input: VerifyDecisionInput) => Promise<VerifiedDecision>;
}>({ startToCloseTimeout: '10s', scheduleToCloseTimeout: '1m' });

/** Signed decisions: the core hears of them once their signature has been verified, and of those refused as refused. */
export class SignedDecisions {
  /** Decisions whose signature is being verified. */
  verifying = 0;

  constructor(private readonly steer: Steer) {}

  async decide(
    kind: DecisionKind,
    { jws, changes = [] }: { jws: string; changes?: ParamsChange[] },
  ): Promise<{ accepted: boolean; message: string }> {
    this.verifying++;
    let verified: VerifiedDecision;
    try {
      verified = await verify({ jws, workflow: workflowInfo().workflowId, decision: kind });
    } catch (error) {
      verified = { ok: false, reason: problemOfActivity(error, DECISION_VERIFY).message };
    }
    this.verifying--;
    if (verified.ok && kind === 'override' && verified.claims.changes !== digestOf(changes as unknown as Json)) {
      verified = { ok: false, reason: 'it is about other changes than those beside it', by: verified.claims.by };
    }
    if (!verified.ok) {
      const message = `the signed decision is refused: ${verified.reason}`;
      return this.steer({ type: 'refused', what: attempts[kind], by: verified.by ?? 'unknown', message });
    }
    const { claims, signature } = verified;
    const { by, digest, step, also, reason } = claims;
    const who = { by, digest, signature, ...(step && { step }), ...(reason && { reason }) };
    if (kind === 'override')
      return this.steer({ type: kind, by, digest, signature, changes, ...(reason && { reason }) });
    return this.steer({ type: kind, ...who, ...(kind === 'approve' && also?.length && { also }) });
  }
}
