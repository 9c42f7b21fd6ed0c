import { redactText } from '../../../redact';

/** What is asked for, so that the shown part can be cut after it was cleaned. */
export const RAW_OUTPUT_BYTES = 16 * 1024;
const SHOWN_BYTES = 8 * 1024;

/**
 * The end of a log or an output, fit for history: without control characters and what looks like a credential, at most
 * `maxBytes`, whole lines only where something was cut off.
 */
export function shownOutput(raw: string, { cut = false, maxBytes = SHOWN_BYTES } = {}): string {
  const recent = raw.slice(-RAW_OUTPUT_BYTES);
  // A line that is cut may hold the half of a credential that no pattern fits.
  const whole = cut || recent.length < raw.length ? afterFirstLine(recent) : recent;
  // The same of a key whose beginning is not here any more.
  const keyEnd = /^(?:(?!-----BEGIN )[\s\S])*-----END [A-Z ]+-----/.exec(whole);
  // eslint-disable-next-line no-control-regex
  const printable = whole.slice(keyEnd?.[0].length ?? 0).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
  const clean = redactText(printable);
  const bytes = Buffer.from(clean);
  const shown = bytes.length <= maxBytes ? clean : wholeLines(bytes.subarray(-maxBytes).toString('utf8'));
  return whole === raw && shown === clean && !keyEnd ? shown : `…\n${shown}`;
}

/** A single line without an end is kept from its middle on: it is clean already. */
function wholeLines(text: string): string {
  return afterFirstLine(text) || text.replace(/^\uFFFD+/, '');
}

function afterFirstLine(text: string): string {
  const line = text.indexOf('\n');
  return line < 0 ? '' : text.slice(line + 1);
}
