import { KubernautError } from './errors';

/** A piece of a templated string: literal text, or the CEL inside one `${{ … }}` (trimmed). */
export type TemplatePart = { text: string } | { expression: string };

const OPEN = '${{';
const ESCAPED_OPEN = '$${{';

/**
 * Splits `a-${{ steps.x.effect.n }}` into its parts. `$${{` stands for a literal `${{`. The end `}}` is looked for outside
 * of CEL strings and braces, so a map literal may stand inside.
 *
 * @throws {KubernautError} `EXPRESSION_FAILED` when a `${{` is never closed
 */
export function templateParts(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    if (text.startsWith(ESCAPED_OPEN, at)) {
      literal += OPEN;
      at += ESCAPED_OPEN.length;
    } else if (text.startsWith(OPEN, at)) {
      const end = endOfExpression(text, at + OPEN.length);
      if (end === undefined) throw unclosed(text);
      if (literal !== '') parts.push({ text: literal });
      literal = '';
      parts.push({ expression: text.slice(at + OPEN.length, end).trim() });
      at = end + 2;
    } else {
      const next = text.indexOf('$', at + 1);
      literal += text.slice(at, next === -1 ? text.length : next);
      at = next === -1 ? text.length : next;
    }
  }
  if (literal !== '') parts.push({ text: literal });
  return parts;
}

/** Whether the string needs rendering: it holds `${{`, be it a template or the escape of one. */
export function isTemplate(text: string): boolean {
  return text.includes(OPEN);
}

/** Whether every `${{` has its end: `templateParts` reads the text. */
export function isClosed(text: string): boolean {
  try {
    templateParts(text);
    return true;
  } catch {
    return false;
  }
}

/** Offset of the closing `}}`, or undefined. */
function endOfExpression(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"' || character === "'") {
      at = endOfString(text, at, character);
    } else if (character === '{') depth++;
    else if (character === '}' && depth > 0) depth--;
    else if (character === '}' && text[at + 1] === '}') return at;
  }
  return undefined;
}

/**
 * Offset of the last character of the CEL string that starts at `at`; the text's end when it is never closed. A backslash
 * takes the next character along in raw strings too: so the CEL library reads them.
 */
function endOfString(text: string, at: number, quote: string): number {
  const triple = quote.repeat(3);
  const closing = text.startsWith(triple, at) ? triple : quote;
  for (let to = at + closing.length; to < text.length; to++) {
    if (text[to] === '\\') to++;
    else if (text.startsWith(closing, to)) return to + closing.length - 1;
  }
  return text.length;
}

function unclosed(text: string): KubernautError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return new KubernautError('EXPRESSION_FAILED', `\`${shown}\` opens \${{ but never closes it with }}`, {
    remedy: 'Close it with }}, or write $${{ for a literal ${{.',
  });
}
