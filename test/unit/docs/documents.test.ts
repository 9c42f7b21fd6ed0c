import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { createRegistry } from '../../../activities/actions';
import { parseSettings } from '../../../config/parse-settings';
import { parsePlan } from '../../../plan/parse';
import { table, withPart } from '../../../tools/build/markdown';
import { packageRoot } from '../../../tools/package-root';

const root = packageRoot();
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(join(root, 'docs')).flatMap((file) => (file.endsWith('.md') ? [`docs/${file}`] : [])),
];

/** The first fenced block of that language. */
function block(file: string, language: string): string {
  const text = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(read(file))?.[1];
  if (text === undefined) throw new Error(`${file} has no ${language} block`);
  return text;
}

test('the plan in the README is the example it says it is', () => {
  const actions = createRegistry();
  const shown = parsePlan(block('README.md', 'yaml'), { actions });
  const example = parsePlan(read('examples/plans/make-room-and-drain.yaml'), { actions });
  expect(shown.ok).toBe(true);
  expect(shown).toEqual(example);
});

test('the settings shown in the operations page are valid', () => {
  expect(() => parseSettings(parse(block('docs/operations.md', 'yaml')), 'docs/operations.md')).not.toThrow();
});

test.each(documents)('every link in %s leads somewhere', (file) => {
  const links = [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)/g)];
  const broken = links.filter(([, path, anchor]) => {
    const target = path === '' ? join(root, file) : join(root, dirname(file), path!);
    if (!existsSync(target)) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchors(readFileSync(target, 'utf8')).has(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

/** As GitHub makes them of headings. */
function anchors(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);
  return new Set(headings.map((heading) => `#${slug(heading)}`));
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}

describe('generated parts', () => {
  const document = 'before\n<!-- generated: a (npm run docs) -->\nold\n<!-- generated end -->\nafter\n';

  test('replace what stands between the marks, and nothing else', () => {
    const expected = 'before\n<!-- generated: a (npm run docs) -->\n\nnew\n\n<!-- generated end -->\nafter\n';
    expect(withPart(document, 'a', 'new')).toBe(expected);
    expect(withPart(expected, 'a', 'new')).toBe(expected);
  });

  test('a document without the marks is an error, not a silent nothing', () => {
    expect(() => withPart(document, 'b', 'new')).toThrow('It has no part between <!-- generated: b');
  });

  test('cells may hold bars, line breaks and angle brackets', () => {
    expect(table(['x'], [['a | b\n<c> `<d>`']])).toBe('| x |\n| --- |\n| a \\| b \\<c> `<d>` |');
  });
});
