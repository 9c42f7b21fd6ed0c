import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BridgeLab, bridgeLab } from './bridge-lab';

let lab: BridgeLab;
let folder: string;
beforeAll(async () => {
  lab = await bridgeLab();
  folder = mkdtempSync(join(tmpdir(), 'kubernaut-openapi-'));
});
afterAll(async () => {
  await lab.app.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Verdict {
  valid: boolean;
  version: string;
  errors?: unknown;
}

/** The validator is published as an ES module that jest cannot load, so Node does, in a process of its own. */
function verdictOf(document: object): Verdict {
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  const script = `
    import { Validator } from '@seriousme/openapi-schema-validator';
    import { readFileSync } from 'node:fs';
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(readFileSync(process.argv[1], 'utf8')));
    console.log(JSON.stringify({ ...result, version: validator.version }));
  `;
  const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script, file], {
    cwd: join(__dirname, '..', '..', '..'),
    encoding: 'utf8',
  });
  return JSON.parse(answer) as Verdict;
}

test('the document that is served is valid OpenAPI 3.1, and one with a mistake in it would not pass', async () => {
  const document = (await lab.app.inject({ url: '/openapi.json', headers: lab.as('read') })).json();
  expect(verdictOf(document)).toEqual({ valid: true, version: '3.1' });
  document.paths['/api/v1/plans'].post.responses = { success: 'a text' };
  expect(verdictOf(document).valid).toBe(false);
});

test('every $ref in it leads somewhere, and every operation has an id of its own', async () => {
  const document = (await lab.app.inject({ url: '/openapi.json', headers: lab.as('read') })).json();
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!);
  expect(refs.length).toBeGreaterThan(0);
  const lost = [...new Set(refs)].filter((ref) => {
    const path = ref.replace(/^#\/?/, '').split('/').filter(Boolean);
    const found = path.reduce<unknown>((value, key) => {
      const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
      return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
    }, document);
    return found === undefined;
  });
  expect(lost).toEqual([]);
  const ids = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(ids.every(Boolean)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});
