import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownNamespaces } from './own-namespaces';

const folder = mkdtempSync(join(tmpdir(), 'kubernaut-namespace-'));
const missing = join(folder, 'none');
afterAll(() => rmSync(folder, { recursive: true }));

test('outside of pods only the settings say where Kubernaut runs', () => {
  expect(ownNamespaces([], {}, missing)).toEqual([]);
  expect(ownNamespaces(['ops'], {}, missing)).toEqual(['ops']);
});

test('a pod without a token is told its namespace by the environment', () => {
  expect(ownNamespaces(['ops'], { KUBERNAUT_NAMESPACE: 'sre-tools' }, missing)).toEqual(['ops', 'sre-tools']);
});

test('a pod with a token reads it beside the token; what is named twice counts once', () => {
  const file = join(folder, 'namespace');
  writeFileSync(file, 'sre-tools\n');
  expect(ownNamespaces([], {}, file)).toEqual(['sre-tools']);
  expect(ownNamespaces(['sre-tools'], { KUBERNAUT_NAMESPACE: 'sre-tools' }, file)).toEqual(['sre-tools']);
});

test('a namespace that cannot be read stops the worker: the guardrail would be missing without a word', () => {
  expect(() => ownNamespaces([], {}, folder)).toThrow(/EISDIR/);
});
