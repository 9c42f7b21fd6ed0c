/** Names of fields whose values must never be logged or recorded. Matched anywhere in the name, whatever its case. */
const SECRET_NAME =
  /pass(word|wd|phrase)?$|secret|token|api[-_]?key|authorization|credential|cookie|private[-_]?key|client[-_]?key|kubeconfig[-_]?data|bearer|signature/i;

/** Fields that sound like secrets and are none. */
const HARMLESS_NAME =
  /^(resourceVersion|continueToken|tokenReviews?|secretName|secretRef|secretKeyRef|imagePullSecrets?)$/i;

export const REDACTED = '[redacted]';

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);
}

// Every repetition is bounded or cannot overlap with what precedes it, so that searching stays linear.
const SECRET_TEXT: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g, REDACTED],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(\.[\w-]*)?/g, REDACTED],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${REDACTED}`],
  [/(\/\/[^\s/:@]{0,256}:)[^\s/@]{1,256}@/g, `$1${REDACTED}@`],
  [
    /(["']?[\w.-]{0,64}(?:password|passwd|secret|token|api[-_]?key|authorization|private[-_]?key)["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&}]+)/gi,
    `$1${REDACTED}`,
  ],
];

/** Longer texts are cut before they are searched: nobody reads them, and a crafted one must not cost time. */
const MAX_TEXT = 16 * 1024;

/** `text` without what looks like a credential: bearer tokens, JWTs, PEM blocks, passwords in URLs, `token=…`. */
export function redactText(text: string): string {
  const bounded = text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
  return SECRET_TEXT.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), bounded);
}

/** A message fit for history: no secrets, no control characters, no stack, at most `max` characters. */
export function sanitizeMessage(message: string, max = 500): string {
  const line = redactText(message)
    .replace(/\n\s+at .*/gs, '')
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}

/** A copy in which the values of secret-looking fields are replaced and all texts are cleaned. Depth and lists are bounded. */
export function redactFields(value: unknown, depth = 6): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '[…]';
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redactFields(item, depth - 1));
  if (value instanceof Error) {
    return { name: value.name, message: redactText(value.message), stack: value.stack && redactText(value.stack) };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, isSecretName(name) ? REDACTED : redactFields(item, depth - 1)]),
  );
}
