import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..', '..');

/** All runs of a thread share the modules: a variable in one of them would let one run see what another left there. */
describe('modules of the workflows', () => {
  const sources = ['plan', 'workflows'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => join(folder, file)),
  );

  it('keep nothing at their top level but the environment of CEL', () => {
    const found = sources.flatMap((file) =>
      variablesOf(readFileSync(join(root, file), 'utf8')).map((line) => `${file}: ${line}`),
    );
    expect(found).toEqual(['plan/cel-environment.ts: let environment: Environment | undefined;']);
  });

  it('would be caught if they did', () => {
    const source = 'let count = 0;\nexport let last;\nconst seen = new Map();\nconst known = new Set([1]);';
    expect(variablesOf(source)).toEqual(['let count = 0;', 'export let last;', 'const seen = new Map();']);
  });
});

/** What can be written to later: variables, and collections that begin empty. */
function variablesOf(source: string): string[] {
  return (
    source.match(/^(export )?((let|var) .*|const .* = (new (Map|Set|WeakMap|WeakSet)\b.*\(\)|\[\]|\{\});)$/gm) ?? []
  );
}
