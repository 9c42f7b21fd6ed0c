import { SetupError } from '../setup-error';

/** Pieces of Markdown for the generated parts of the documentation. */

/** A table whose cells may hold anything: a bar or a line break in one does not break it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return plain(text.replace(/\s+/g, ' ')).replaceAll('|', '\\|').trim();
}

/** Text in which `<name>` is no HTML; code spans stay as they are. */
export function plain(text: string): string {
  return text.replace(/`[^`]*`|</g, (part) => (part === '<' ? '\\<' : part));
}

/** Inline code; empty text gives nothing. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

export function fenced(language: string, text: string): string {
  return ['```' + language, text.trimEnd(), '```'].join('\n');
}

/**
 * `document` with the generated part `name` replaced. The part stands between `<!-- generated: name -->` and
 * `<!-- generated end -->`; prettier is told to leave it alone.
 *
 * @throws {SetupError} when the document has no such part
 */
export function withPart(document: string, name: string, content: string): string {
  const start = `<!-- generated: ${name} (npm run docs) -->`;
  const end = '<!-- generated end -->';
  const from = document.indexOf(start);
  const to = document.indexOf(end, from);
  if (from === -1 || to === -1) {
    throw new SetupError(`It has no part between ${start} and ${end}`, { remedy: 'Put both lines back.' });
  }
  return `${document.slice(0, from + start.length)}\n\n${content}\n\n${document.slice(to)}`;
}
