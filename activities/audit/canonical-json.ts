import { configure } from 'safe-stable-stringify';

/**
 * One text for one value, in the manner of RFC 8785: keys sorted by their UTF-16 units, no blanks, numbers and strings as
 * JSON.stringify writes them. Keys without a value are left out.
 */
export const canonicalJson: (value: unknown) => string | undefined = configure({
  deterministic: true,
  bigint: false,
  circularValue: Error,
});
