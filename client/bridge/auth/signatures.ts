import { createHash, createHmac } from 'node:crypto';
import type { BridgeAuth } from '../../../config/sections/bridge';
import type { Identity } from '../identity';
import { HttpProblem } from '../problem';
import { cannotTell, equalSecrets, MIN_SECRET_LENGTH, type SecretReader } from './secret-reader';

export const SignatureHeader = {
  /** Who signs: a name of `bridge.auth.signatures`. */
  sender: 'x-kubernaut-sender',
  /** Seconds since 1970, when it was signed. */
  timestamp: 'x-kubernaut-timestamp',
  /** `sha256=<hex>`. */
  signature: 'x-kubernaut-signature',
} as const;

export interface SignedRequest {
  method: string;
  /** Path with query, as sent. */
  url: string;
  sender: string;
  timestamp: string;
  signature: string;
  body: Buffer;
}

/**
 * HMAC-SHA256 over `v1:<timestamp>:<METHOD>:<path with query>:<body>`. Method and path are part of it, so that what was signed
 * for one purpose cannot be sent for another.
 */
export function sign(secret: string, request: Pick<SignedRequest, 'method' | 'url' | 'timestamp' | 'body'>): string {
  const { method, url, timestamp, body } = request;
  const head = `v1:${timestamp}:${method.toUpperCase()}:${url}:`;
  return `sha256=${createHmac('sha256', secret).update(head).update(body).digest('hex')}`;
}

/**
 * Who signed the request.
 *
 * @throws HttpProblem 401 for an unknown sender, a wrong signature, or a timestamp outside the window: all look the same,
 * but for the last, which only the right signature gets to hear
 */
export async function signerOf(
  request: SignedRequest,
  auth: Pick<BridgeAuth, 'signatures' | 'replayWindowSeconds'>,
  secrets: SecretReader,
  now: () => number,
): Promise<Identity> {
  const known = auth.signatures.find(({ name }) => name === request.sender);
  const secret = known && (await secrets.get(known.secret).catch(() => undefined));
  if (known !== undefined && (secret === undefined || secret.length < MIN_SECRET_LENGTH)) throw cannotTell();
  // An unknown sender costs the same time as a known one.
  const wanted = sign(secret ?? 'nobody knows this', request);
  if (!equalSecrets(request.signature, wanted) || known === undefined) throw wrongSignature();
  const seconds = /^\d{1,12}$/.test(request.timestamp) ? Number(request.timestamp) : Number.NaN;
  if (!(Math.abs(now() / 1000 - seconds) <= auth.replayWindowSeconds)) throw stale(auth.replayWindowSeconds);
  const requestId = createHash('sha256').update(request.signature).digest('hex').slice(0, 32);
  return { name: known.name, via: 'signature', roles: new Set(known.roles), groups: known.groups, requestId };
}

function wrongSignature(): HttpProblem {
  return new HttpProblem(401, 'UNAUTHENTICATED', 'The signature does not fit.', {
    remedy: `Sign "v1:<timestamp>:<METHOD>:<path>:<body>" with HMAC-SHA256 and the shared secret; see docs/bridge.md.`,
  });
}

function stale(seconds: number): HttpProblem {
  return new HttpProblem(401, 'SIGNATURE_STALE', `The request was not signed within the last ${seconds} seconds.`, {
    remedy: 'Sign at the moment of sending, and check both clocks.',
  });
}
