import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflows } from '../../setup/bundle-workflows';

const root = join(__dirname, '..', '..', '..');

describe('the bundle of the workflows', () => {
  let code: string;
  beforeAll(async () => {
    code = (await bundleWorkflows())!;
  }, 120_000);

  it('brings neither zod nor yaml along: documents are read in activities', () => {
    // Module paths stand in the bundle's headers.
    expect(code).toMatch(/node_modules\/@noble\/hashes\//);
    expect(code).not.toMatch(/node_modules\/(zod|yaml)\//);
  });

  it('evaluates the workflows and their interceptors before there is a run', () => {
    const [, preloaded] = /exports\.preloadModules = function preloadModules\(\) \{\n([^}]*)\}/.exec(code)!;
    expect(preloaded).toContain('workflows/index.ts');
    expect(preloaded).toContain('workflows/tracing.ts');
  });
});

/** All runs of a thread share the modules: a variable in one of them would let one run see what another left there. */
describe('modules of the workflows', () => {
  const sources = ['plan', 'workflows'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => join(folder, file)),
  );

  it('keep nothing at their top level but the environment of CEL', () => {
    expect(
      variablesOf('let count = 0;\nexport let last;\nconst seen = new Map();\nconst known = new Set([1]);'),
    ).toEqual(['let count = 0;', 'export let last;', 'const seen = new Map();']);
    const found = sources.flatMap((file) =>
      variablesOf(readFileSync(join(root, file), 'utf8')).map((line) => `${file}: ${line}`),
    );
    expect(found).toEqual(['plan/cel-environment.ts: let environment: Environment | undefined;']);
  });
});

/** What can be written to later: variables, and collections that begin empty. */
function variablesOf(source: string): string[] {
  return (
    source.match(/^(export )?((let|var) .*|const .* = (new (Map|Set|WeakMap|WeakSet)\b.*\(\)|\[\]|\{\});)$/gm) ?? []
  );
}
