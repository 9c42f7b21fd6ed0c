import type { FieldChange } from '../../plan/step-io';
import type { KubeObject } from '../cluster/cluster';
import { changeObject } from './changed-object';

const object: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', uid: 'u1', resourceVersion: '7' },
  spec: { replicas: 1, paused: true, containers: [{ name: 'web', env: [{ name: 'A', value: '1' }] }] },
};

test('fields are replaced, added and removed, and the operations say how to bring the server to the same', () => {
  const diff: FieldChange[] = [
    { path: '/spec/replicas', before: 1, after: 3 },
    { path: '/spec/paused', before: true },
    { path: '/spec/containers/0/env/1', after: { name: 'B', value: '2' } },
    { path: '/spec/containers/0/env/0/value', before: '1', after: '0' },
    { path: '/metadata/labels', after: { a: 'b' } },
    { path: '/metadata/labels/c~1d', after: 'e' },
  ];
  const changed = changeObject(object, diff)!;
  expect(changed.object).toEqual({
    ...object,
    metadata: { ...object.metadata, labels: { a: 'b', 'c/d': 'e' } },
    spec: {
      replicas: 3,
      containers: [
        {
          name: 'web',
          env: [
            { name: 'A', value: '0' },
            { name: 'B', value: '2' },
          ],
        },
      ],
    },
  });
  expect(changed.operations.map(({ op, path }) => [op, path])).toEqual([
    ['replace', '/spec/replicas'],
    ['remove', '/spec/paused'],
    ['add', '/spec/containers/0/env/1'],
    ['replace', '/spec/containers/0/env/0/value'],
    ['add', '/metadata/labels'],
    ['add', '/metadata/labels/c~1d'],
  ]);
  expect(object.spec).toMatchObject({ replicas: 1, paused: true });
});

test('what is to be removed and is not there needs nothing', () => {
  expect(changeObject(object, [{ path: '/spec/unschedulable', before: true }])).toEqual({ object, operations: [] });
});

test.each(['/spec/taints/a:NoSchedule', '/spec/containers/0/env/5', '', '/spec/replicas/1'])(
  'a path that is none of the object (%s) cannot be foreseen',
  (path) => expect(changeObject(object, [{ path, after: 'x' }])).toBeUndefined(),
);
