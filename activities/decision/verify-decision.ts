import { compactVerify, decodeProtectedHeader, errors } from 'jose';
import { z } from 'zod';
import { type ApprovalKey, type ApprovalSettings, readPublicKey } from '../../config/sections/approval';
import {
  DECISION_TYPE,
  DECISION_VERIFY,
  type DecisionClaims,
  MAX_DECISION_AGE_S,
  MAX_JWS_CHARS,
  type VerifiedDecision,
  type VerifyDecisionInput,
} from '../../plan/decision/signed-decision';
import { MAX_APPROVED } from '../../plan/steering';
import type { Activities } from '../activity-runtime';
import type { Clock } from '../contract';

/** Clocks differ. Seconds. */
const LEEWAY_S = 60;

/** No symmetric algorithm, and never `none`: whoever can verify must not be able to sign. */
const algorithms: Readonly<Record<string, readonly string[]>> = {
  ed25519: ['EdDSA', 'Ed25519'],
  ec: ['ES256', 'ES384'],
  rsa: ['PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
};

const text = (most: number) => z.string().min(1).max(most);
const claimsSchema = z.object({
  by: text(200).refine((by) => by.trim() !== ''),
  groups: z.array(text(200)).max(100).optional(),
  workflow: text(1000),
  digest: text(80),
  decision: z.enum(['approve', 'reject', 'revoke', 'override']),
  step: text(80).optional(),
  also: z
    .array(z.strictObject({ digest: text(80), step: text(80).optional() }))
    .max(MAX_APPROVED)
    .optional(),
  changes: text(80).optional(),
  reason: text(2000).optional(),
  iat: z.number(),
  exp: z.number(),
  jti: text(200),
});

/**
 * `decision.verify` as a local activity of the main queue: keys stay with the workers, and the answer stands in the history.
 * It answers rather than fails: that a decision was refused, and why, belongs into the audit.
 */
export function createDecisionActivities(
  settings: ApprovalSettings | undefined,
  clock: Pick<Clock, 'now'>,
): Activities {
  return {
    [DECISION_VERIFY]: (input: VerifyDecisionInput): Promise<VerifiedDecision> =>
      verifyDecision(input, settings?.keys ?? [], clock.now()),
  };
}

/** @param now milliseconds since the epoch */
export async function verifyDecision(
  { jws, workflow, decision }: VerifyDecisionInput,
  keys: readonly ApprovalKey[],
  now: number,
): Promise<VerifiedDecision> {
  const refuse = (reason: string, by?: string): VerifiedDecision => ({ ok: false, reason, ...(by && { by }) });
  if (jws.length > MAX_JWS_CHARS) return refuse('the signed decision is longer than 8 KiB');
  const header = headerOf(jws);
  if (header === undefined) return refuse('this is not a compact JWS');
  if (header.typ !== DECISION_TYPE) return refuse(`this JWS is no decision (typ is not ${DECISION_TYPE})`);
  if (keys.length === 0) return refuse('no key is configured to verify it with (approval.keys)');
  const fitting = keys.filter(({ id }) => header.kid === undefined || id === header.kid);
  if (fitting.length === 0) return refuse('no key of its `kid` is configured (approval.keys)');

  for (const key of fitting) {
    const payload = await payloadOf(jws, key);
    if (payload === undefined) continue;
    const parsed = claimsSchema.safeParse(payload);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      return refuse(
        `it is signed by ${key.id}, but its claims are not those of a decision: ${path.join('.')} ${message}`,
      );
    }
    const claims = withoutUndefined(parsed.data);
    const fault = faultOf(claims, key, { workflow, decision, nowS: now / 1000 });
    if (fault !== undefined) return refuse(fault, claims.by);
    return { ok: true, claims, signature: { key: key.id, jti: claims.jti, groups: groupsOf(claims, key) } };
  }
  return refuse('its signature fits none of the configured keys');
}

function headerOf(jws: string): { kid?: string; typ?: string } | undefined {
  try {
    return decodeProtectedHeader(jws) as { kid?: string; typ?: string };
  } catch {
    return undefined;
  }
}

/** undefined: not signed by this key. */
async function payloadOf(jws: string, key: ApprovalKey): Promise<unknown> {
  try {
    const publicKey = readPublicKey(key);
    const allowed = [...(algorithms[publicKey.asymmetricKeyType ?? ''] ?? [])];
    const { payload } = await compactVerify(jws, publicKey, { algorithms: allowed });
    return JSON.parse(new TextDecoder().decode(payload));
  } catch (error) {
    // A key whose file cannot be read verifies nothing: the others still count.
    if (error instanceof errors.JOSEError || error instanceof Error) return undefined;
    throw error;
  }
}

function faultOf(
  claims: DecisionClaims,
  { id, by }: ApprovalKey,
  { workflow, decision, nowS }: { workflow: string; decision: string; nowS: number },
): string | undefined {
  if (by && !by.includes(claims.by)) return `the key ${id} does not sign for ${claims.by}`;
  if (claims.workflow !== workflow) return `it is about another remediation (${claims.workflow.slice(0, 200)})`;
  if (claims.decision !== decision) return `it says ${claims.decision}, but was sent to ${decision}`;
  if (decision === 'override' && !claims.changes) return 'it does not say which changes it is about';
  if (claims.exp <= nowS - LEEWAY_S) return `it has expired at ${iso(claims.exp)}`;
  if (claims.iat > nowS + LEEWAY_S) return 'it was signed in the future: compare the clocks';
  if (claims.exp - claims.iat > MAX_DECISION_AGE_S) return 'it is meant to be valid for longer than 24 hours';
  return undefined;
}

/** Of the persons of a personal key the settings know the groups; a service is believed as far as its key goes. */
function groupsOf({ groups = [] }: DecisionClaims, { by, groups: allowed }: ApprovalKey): string[] {
  if (by) return allowed ?? [];
  return allowed ? groups.filter((group) => allowed.includes(group)) : groups;
}

function iso(seconds: number): string {
  const ms = seconds * 1000;
  return Math.abs(ms) < 8e15 ? new Date(ms).toISOString() : 'an impossible time';
}

function withoutUndefined({
  groups,
  step,
  also,
  changes,
  reason,
  ...rest
}: z.output<typeof claimsSchema>): DecisionClaims {
  const others = also?.map(({ digest, step: other }) => ({ digest, ...(other && { step: other }) }));
  return {
    ...rest,
    ...(groups && { groups }),
    ...(step && { step }),
    ...(others && { also: others }),
    ...(changes && { changes }),
    ...(reason && { reason }),
  };
}
