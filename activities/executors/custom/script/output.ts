import { REDACTED, redactText } from '../../../redact';

/** How much of each output is kept: its end, where programs say why they failed. */
const MAX_SHOWN = 4096;

/** The end of an output, fit for history: the given secrets (also in Base64) and all that looks like one are replaced. */
export function shownOutput(text: string, secrets: readonly string[]): string {
  // Replaced before it is cut: half a secret would not be known again.
  const known = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]);
  const cleaned = known
    .sort((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text)
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
  if (cleaned.length <= MAX_SHOWN) return redactText(cleaned);
  const end = cleaned.slice(-MAX_SHOWN);
  // A line that is cut may hold the half of a credential that no pattern fits.
  const line = end.indexOf('\n');
  return `…\n${redactText(line < 0 ? '' : end.slice(line + 1))}`;
}
