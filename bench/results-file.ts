import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../tools/package-root';

const intro = `# Results of the benches

Written by \`npm run bench\`; each section is replaced when its bench is run again. Both sides of a comparison run in turn on
the same servers, in the same run; a ratio is taken round by round. Figures are the median of the rounds, with the least and
the greatest in brackets.
`;

/** Puts the section of one bench into bench/RESULTS.md and leaves the others as they are. Returns the file's path. */
export async function writeSection(title: string, body: string): Promise<string> {
  const file = join(packageRoot(), 'bench', 'RESULTS.md');
  const old = await readFile(file, 'utf8').catch(() => '');
  const sections = new Map(old.split(/^## /m).slice(1).map(parseSection));
  sections.set(title, body.trim());
  const text = [...sections]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, content]) => `## ${name}\n\n${content}\n`);
  await writeFile(file, [intro, ...text].join('\n'));
  return file;
}

function parseSection(section: string): [string, string] {
  const end = section.indexOf('\n');
  return [section.slice(0, end).trim(), section.slice(end).trim()];
}
