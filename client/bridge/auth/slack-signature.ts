import { createHash, createHmac } from 'node:crypto';
import type { SlackSettings } from '../../../config/sections/slack';
import { HttpProblem } from '../problem';
import { cannotTell, equalSecrets, MIN_SECRET_LENGTH, type SecretReader } from './secret-reader';

export const SlackHeader = { signature: 'x-slack-signature', timestamp: 'x-slack-request-timestamp' } as const;

/** As Slack signs: `v0=` and HMAC-SHA256 over `v0:<timestamp>:<raw body>` with the app's Signing Secret. */
export function slackSignature(secret: string, timestamp: string, body: Buffer | string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
}

/**
 * That Slack has sent this, lately.
 *
 * @returns the same text for an exact repetition, on every replica
 * @throws HttpProblem 401; that a request is old is told only to who has signed it rightly
 */
export async function checkSlackSignature(
  request: { signature: string; timestamp: string; body: Buffer },
  settings: Pick<SlackSettings, 'signingSecret'> | undefined,
  { secrets, windowSeconds, now }: { secrets: SecretReader; windowSeconds: number; now: () => number },
): Promise<string> {
  const { signature, timestamp, body } = request;
  if (settings === undefined) throw wrong();
  const secret = await secrets.get(settings.signingSecret).catch(() => undefined);
  if (secret === undefined || secret.length < MIN_SECRET_LENGTH) throw cannotTell();
  if (!equalSecrets(signature, slackSignature(secret, timestamp, body))) throw wrong();
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (!(Math.abs(now() / 1000 - seconds) <= windowSeconds)) {
    throw new HttpProblem(401, 'SIGNATURE_STALE', `Slack did not sign this within the last ${windowSeconds} seconds.`, {
      remedy: 'Click again; if it stays so, check the clock of the bridge.',
    });
  }
  return createHash('sha256').update(signature).digest('hex').slice(0, 32);
}

function wrong(): HttpProblem {
  return new HttpProblem(401, 'UNAUTHENTICATED', 'The request is not signed by the Slack app of this bridge.', {
    remedy: 'Set bridge.slack of the settings, with the Signing Secret of the app; see docs/bridge.md.',
  });
}
