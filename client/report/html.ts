import { toUSVString } from 'node:util';

/** Markup that is safe to put into a page as it is. Only {@link html} makes it of foreign text. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | undefined | false | readonly Part[];

/** Beyond this a text is cut: a page is for reading; the audit has all of it. */
const MAX_TEXT = 1500;

/**
 * A template whose values are escaped, whatever they are: texts come from clusters, models and people. Lists are joined, and
 * `undefined` and `false` leave nothing.
 */
export function html(strings: TemplateStringsArray, ...values: Part[]): Markup {
  // The indentation of templates would be a third of a page.
  const fixed = strings.map((text) => text.replace(/\s*\n\s*/g, '\n'));
  return new Markup(fixed.reduce((all, text, index) => `${all}${textOf(values[index - 1])}${text}`));
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escapeText(part);
  if (typeof part === 'number') return String(part);
  return part.map(textOf).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/**
 * Fit for text and for attributes in quotes. Characters that turn the direction of what follows, or that nobody can see, are
 * shown by their number: a text must not look like another one.
 */
export function escapeText(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more characters)` : text;
  return toUSVString(cut)
    .replace(/[&<>"'`]/g, (character) => entities[character]!)
    .replace(hidden, (character) => `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

// Control characters but tab and line feed, bidirectional controls, zero-width ones, line separators, the byte order mark.
// oxlint-disable-next-line no-control-regex
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Only addresses that a browser opens as pages; anything else is no link. */
export function safeHref(link: string | undefined): string | undefined {
  return link !== undefined && /^https?:\/\//i.test(link) ? link : undefined;
}
