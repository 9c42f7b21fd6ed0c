import type { SecretRef } from '../../config/secret-ref';
import type { DecisionClaims } from '../../plan/decision/signed-decision';
import { digestOf } from '../../plan/digest';
import type { Json } from '../../plan/json';
import type { Approved, OverrideRequest } from '../../plan/steering';
import { changedPreview } from '../changed-preview';
import type { Remediations } from '../remediations';
import { signDecision, signingKeyOf, type SigningKey } from '../sign-decision';
import { revocableApproval } from '../revocable-approval';
import { waitingApproval } from '../waiting-approval';
import type { SecretReader } from './auth/secret-reader';
import type { Identity } from './identity';
import { HttpProblem, retryAfter } from './problem';

export interface DecisionBody {
  digest?: string;
  step?: string;
  also?: Approved[];
  reason?: string;
}

export interface DecisionSigning {
  key: SecretRef;
  /** Id of the key in the settings of the workers. Default: the `kid` of a JWK, else all are tried. */
  keyId?: string;
}

/**
 * Decisions of people whom the bridge has authenticated. With a key it signs them in their name, with their groups, so that
 * they count where only signed ones do (`approval.identity: verified`); without one they are sent as they are.
 */
export class Decisions {
  constructor(
    private readonly remediations: Pick<Remediations, 'approve' | 'reject' | 'revoke' | 'override' | 'status'>,
    private readonly secrets: SecretReader,
    private readonly signing?: DecisionSigning,
  ) {}

  async approve(id: string, who: Identity, body: DecisionBody & { digest: string }, key?: string): Promise<string> {
    const { digest, step, also, reason } = body;
    const by = who.name;
    const more = { ...(step && { step }), ...(also?.length && { also }), ...(reason && { reason }) };
    const signer = await this.signer();
    if (signer === undefined) {
      return this.remediations.approve(id, { by, digest, ...more }, key);
    }
    return this.remediations.approve(id, await signed(signer, id, who, 'approve', { digest, ...more }), key);
  }

  /** Without a digest, what waits now is rejected. */
  async reject(id: string, who: Identity, { digest, step, reason }: DecisionBody, key?: string): Promise<string> {
    const signer = await this.signer();
    if (signer === undefined) {
      const request = { ...(digest && { digest }), ...(step && { step }), ...(reason && { reason }) };
      return this.remediations.reject(id, { by: who.name, ...request }, key);
    }
    const about = digest ?? (await waitingApproval(this.remediations, id, step)).digest;
    return this.remediations.reject(id, await signed(signer, id, who, 'reject', { digest: about, step, reason }), key);
  }

  async revoke(id: string, who: Identity, { step, reason }: DecisionBody, key?: string): Promise<string> {
    const more = { ...(step && { step }), ...(reason && { reason }) };
    const signer = await this.signer();
    if (signer === undefined) return this.remediations.revoke(id, { by: who.name, ...more }, key);
    const { digest } = await revocableApproval(this.remediations, id, step);
    return this.remediations.revoke(id, await signed(signer, id, who, 'revoke', { digest, ...more }), key);
  }

  async override(
    id: string,
    who: Identity,
    { changes, reason }: Omit<OverrideRequest, 'by'>,
    key?: string,
  ): Promise<string> {
    const signer = await this.signer();
    if (signer === undefined) {
      return this.remediations.override(id, { by: who.name, changes, ...(reason && { reason }) }, key);
    }
    const { digest } = await changedPreview(this.remediations, id, changes);
    const about = { digest, reason, changes: digestOf(changes as unknown as Json) };
    return this.remediations.override(id, { ...(await signed(signer, id, who, 'override', about)), changes }, key);
  }

  /** Read anew, so that a rotated key needs no restart. */
  private async signer(): Promise<SigningKey | undefined> {
    if (this.signing === undefined) return undefined;
    const { key: ref, keyId } = this.signing;
    try {
      const key = signingKeyOf(await this.secrets.get(ref));
      return keyId === undefined ? key : { ...key, kid: keyId };
    } catch (error) {
      // Never the text of the error: it may quote the key.
      const code = (error as { code?: unknown }).code;
      throw new HttpProblem(503, 'SIGNING_KEY_UNREADABLE', 'The bridge cannot use its key for signing decisions.', {
        remedy: 'Whoever runs the bridge: see bridge.signing.key of the settings.',
        headers: retryAfter(503),
        cause: typeof code === 'string' ? code : 'unreadable',
      });
    }
  }
}

async function signed(
  key: SigningKey,
  workflow: string,
  { name: by, groups }: Identity,
  decision: DecisionClaims['decision'],
  { digest, step, also, changes, reason }: DecisionBody & { digest: string; changes?: string },
): Promise<{ jws: string }> {
  const claims = { by, ...(groups?.length && { groups: [...groups] }), workflow, digest, decision };
  const more = {
    ...(step && { step }),
    ...(also?.length && { also }),
    ...(changes && { changes }),
    ...(reason && { reason }),
  };
  return { jws: await signDecision(key, { ...claims, ...more }) };
}
