import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policySettingsSchema } from '../../../config/sections/policy';
import { readiness } from '../../../workers/readiness';
import { policyCheck } from '../../../workers/worker-checks';
import { PolicyStore } from '../../../activities/policy/policy-store';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubernaut-store-'));
  file = join(folder, 'own.yaml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const policy = (rule: string) => `apiVersion: kubernaut.dev/v1alpha1
kind: Policy
metadata: { name: own }
spec:
  rules:
    - { name: freeze, reason: Holidays, ${rule} }
`;
const settings = () => policySettingsSchema.parse({ files: [folder] });

test('a file that is broken at the start is refused with every problem: there is nothing good to fall back on', () => {
  writeFileSync(file, policy('deny: maybe, wehn: x'));
  writeFileSync(join(folder, 'other.yaml'), 'kind: Policy');
  expect(() => new PolicyStore(settings())).toThrow(
    /other\.yaml:1:1 spec[^]*own\.yaml:6:\d+ spec\.rules\[0\]\.deny[^]*wehn/,
  );
});

test('one that breaks later does not take effect, and health says so, with place and version, until it is mended', async () => {
  writeFileSync(file, policy('deny: true'));
  const reloads: { version: string; problem?: string }[] = [];
  const store = new PolicyStore(settings(), { onReload: (result) => reloads.push(result) });
  const good = store.current;
  const health = async () => (await readiness([policyCheck(store)])).components[0]!;
  expect(await health()).toMatchObject({
    component: 'policies',
    ready: true,
    reason: expect.stringMatching(/in force$/),
  });

  writeFileSync(file, policy('deny: maybe'));
  store.reload();
  store.reload();
  expect(store.current).toBe(good);
  expect(await health()).toEqual({
    ...{ component: 'policies', required: false, ready: false },
    reason: expect.stringMatching(new RegExp(`^${good.version.slice(0, 19)} stays in force, since [^]*own\\.yaml:6`)),
  });
  // The worker goes on with the last good ones: it is ready all the same.
  expect((await readiness([policyCheck(store)])).ready).toBe(true);

  writeFileSync(file, policy('approval: {}'));
  store.reload();
  expect(store.current.version).not.toBe(good.version);
  expect(await health()).toMatchObject({ ready: true });
  expect(reloads.map(({ problem }) => problem === undefined)).toEqual([false, true]);
});

test('a file that is gone, and a second policy of the same name, are problems, too', () => {
  writeFileSync(file, policy('deny: true'));
  const store = new PolicyStore(policySettingsSchema.parse({ files: [file] }));
  rmSync(file);
  store.reload();
  expect(store.problem).toContain('there is no such file');
  writeFileSync(file, policy('deny: true'));
  writeFileSync(join(folder, 'same.yaml'), policy('deny: true'));
  expect(() => new PolicyStore(settings())).toThrow(/is called own, too/);
});
