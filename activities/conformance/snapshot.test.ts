import type { KubeObject } from '../cluster/cluster';
import { differences, snapshot } from './snapshot';
import type { StagingKube } from './staging-kube';

const object = (name: string, version: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'x', uid: name, resourceVersion: version },
  ...more,
});
const of = (objects: KubeObject[]) =>
  snapshot(
    {
      discovery: {
        kinds: async () => [{ apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }],
      },
      listKind: async () => objects,
    } as unknown as StagingKube,
    'x',
  );

test('a snapshot tells what is new, gone or changed; a status alone is a report, not a change', async () => {
  const before = await of([object('same', '1'), object('busy', '1', { status: { a: 1 } }), object('gone', '1')]);
  const same = await of([object('same', '1'), object('busy', '2', { status: { a: 2 } }), object('gone', '1')]);
  expect(differences(before, same)).toEqual([]);
  const after = await of([object('same', '2', { data: { a: '1' } }), object('busy', '1'), object('new', '1')]);
  expect(differences(before, after).sort()).toEqual([
    'ConfigMap x/gone is gone',
    'ConfigMap x/new is new',
    'ConfigMap x/same was changed',
  ]);
});
