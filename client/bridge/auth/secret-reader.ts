import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secrets } from '../../../activities/secrets';
import type { SecretRef } from '../../../config/secret-ref';
import { HttpProblem, retryAfter } from '../problem';

/** Shorter ones can be guessed, and an empty file must never let anybody in. */
export const MIN_SECRET_LENGTH = 16;

/** How long a secret that was read is believed: a rotated one counts after so long. */
const FRESH_MS = 10_000;

/** Reads secrets anew every ten seconds, so that a rotated one needs no restart and a flood of requests no flood of reads. */
export class SecretReader {
  private readonly read = new Map<string, { value: Promise<string>; until: number }>();

  constructor(
    private readonly secrets: Secrets,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws KubernautError PRECONDITION_FAILED when it cannot be read or is too short */
  async get(ref: SecretRef): Promise<string> {
    const key = JSON.stringify(ref);
    const known = this.read.get(key);
    if (known !== undefined && known.until > this.now()) return known.value;
    const value = this.secrets.read(ref);
    this.read.set(key, { value, until: this.now() + FRESH_MS });
    // A failed read is not kept: the secret may be there with the next request.
    value.catch(() => this.read.delete(key));
    return value;
  }
}

/**
 * The answer when a caller matches nothing while some configured secret could not be read: nobody can say that it is the
 * wrong one, and a 401 would make senders give up for good.
 */
export function cannotTell(): HttpProblem {
  return new HttpProblem(503, 'SECRET_UNREADABLE', 'The bridge cannot read one of its own secrets.', {
    remedy: 'Try again; if it stays so, the log of the bridge names the secret.',
    headers: retryAfter(503),
  });
}

/** Takes the same time wherever the two differ, and whatever their lengths. */
export function equalSecrets(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
