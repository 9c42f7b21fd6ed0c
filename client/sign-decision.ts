import { createPrivateKey, randomUUID, type KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';
import { DECISION_TYPE, type DecisionClaims } from '../plan/decision/signed-decision';

/** How long a signed decision can be used by default. Seconds. */
const VALID_FOR_S = 300;

/** A private key and, where it names one, its id in the settings of the workers. */
export interface SigningKey {
  key: KeyObject;
  kid?: string;
}

/** @param text PEM (PKCS #8) or JWK @throws when it is neither, or no key to sign with */
export function signingKeyOf(text: string): SigningKey {
  const jwk = text.trim().startsWith('{') ? (JSON.parse(text) as { kid?: string }) : undefined;
  const key = jwk ? createPrivateKey({ key: jwk as never, format: 'jwk' }) : createPrivateKey(text);
  algorithmOf(key);
  return { key, ...(jwk?.kid && { kid: jwk.kid }) };
}

/** Signs a decision; for people with a key of their own, and for services that have authenticated whoever decides. */
export async function signDecision(
  { key, kid }: SigningKey,
  decision: Omit<DecisionClaims, 'iat' | 'exp' | 'jti'>,
  { now = Date.now(), validForS = VALID_FOR_S }: { now?: number; validForS?: number } = {},
): Promise<string> {
  const iat = Math.floor(now / 1000);
  const claims: DecisionClaims = { ...decision, iat, exp: iat + validForS, jti: randomUUID() };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: algorithmOf(key), typ: DECISION_TYPE, ...(kid && { kid }) })
    .sign(key);
}

function algorithmOf(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (key.asymmetricKeyType === 'rsa') return 'PS256';
  if (curve === 'prime256v1') return 'ES256';
  if (curve === 'secp384r1') return 'ES384';
  throw new Error('the key must be Ed25519, EC P-256 or P-384, or RSA');
}
