import type { Approved } from '../steering';

/**
 * A decision as its approver signed it: a compact JWS (RFC 7515) over these claims, verified by the activity
 * `decision.verify` against the keys of the settings. It is about one run, one preview and one decision, and counts once.
 */
export interface DecisionClaims {
  /** Who decides. */
  by: string;
  /** Groups that the signer vouches for; what counts of them is up to its key. */
  groups?: string[];
  /** Workflow id of the remediation. */
  workflow: string;
  /** Digest of the preview that was looked at. */
  digest: string;
  decision: 'approve' | 'reject' | 'revoke' | 'override';
  step?: string;
  /** Of an approval: what else is approved with it. */
  also?: Approved[];
  /** Of an override: `digestOf` its changes, which are sent beside the signature since they may be long. */
  changes?: string;
  reason?: string;
  /** Seconds since the epoch. */
  iat: number;
  exp: number;
  /** Unlike that of any other decision. */
  jti: string;
}

/** Protected header `typ`: a token that was signed for something else is no decision. */
export const DECISION_TYPE = 'kubernaut-decision+jws';
/** A decision is to be sent at once, not to lie about. Seconds. */
export const MAX_DECISION_AGE_S = 24 * 3600;
export const MAX_JWS_CHARS = 8 * 1024;

/** What is left of a signature once it has been verified; part of the event. */
export interface Signature {
  /** Id of the key in the settings. */
  key: string;
  jti: string;
  /** Groups that count. */
  groups: string[];
}

export const DECISION_VERIFY = 'decision.verify';

export interface VerifyDecisionInput {
  jws: string;
  workflow: string;
  decision: DecisionClaims['decision'];
}

export type VerifiedDecision =
  | { ok: true; claims: DecisionClaims; signature: Signature }
  /** `by`: who the refused decision says it is from, unproven. */
  | { ok: false; reason: string; by?: string };
