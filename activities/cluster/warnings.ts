/** Of one answer; a server may say any number. */
const MAX_WARNINGS = 20;
const MAX_LENGTH = 500;

/**
 * The texts of an HTTP `Warning` header (RFC 7234 §5.5), as the API server sends it: `299 - "text"`, several joined by commas.
 * They are whatever a webhook says, and stay text.
 */
export function warningsOf(header: string | undefined): string[] {
  if (header === undefined) return [];
  const quoted = header.matchAll(/\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g);
  const texts = [...quoted].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1').slice(0, MAX_LENGTH));
  return [...new Set(texts)].slice(0, MAX_WARNINGS);
}
