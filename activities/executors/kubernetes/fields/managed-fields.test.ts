import type { KubeObject } from '../../../cluster/cluster';
import { describeWriters, lastWriterOf, writersOf } from './managed-fields';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    uid: 'u',
    resourceVersion: '1',
    managedFields: [
      {
        manager: 'kubectl-create',
        time: '2026-11-24T08:00:00Z',
        fieldsV1: {
          'f:metadata': { 'f:annotations': { '.': {}, 'f:a/b': {} } },
          'f:spec': {
            'f:template': {
              'f:spec': {
                'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {} } },
                'f:nodeSelector': {},
                'f:tolerations': {},
              },
            },
          },
        },
      },
      { manager: 'kubernaut', time: '2026-11-24T08:01:00Z', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
      {
        manager: 'kcm',
        subresource: 'scale',
        time: '2026-11-24T08:02:00Z',
        fieldsV1: { 'f:spec': { 'f:paused': {} } },
      },
      { manager: 'kubelet', subresource: 'status', time: '2026-11-24T09:00:00Z', fieldsV1: { 'f:status': {} } },
    ],
  },
  spec: {
    replicas: 3,
    paused: true,
    template: {
      spec: {
        nodeSelector: { a: 'b' },
        tolerations: [{ key: 'a' }],
        containers: [{ name: 'side' }, { name: 'web', image: 'i' }],
      },
    },
  },
} as unknown as KubeObject;

test.each([
  ['/spec/replicas', ['kubernaut']],
  ['/spec/paused', ['kcm']],
  ['/spec/template/spec/containers/1/image', ['kubectl-create']],
  ['/spec/template/spec/containers/0/image', []],
  ['/spec/template/spec/nodeSelector/a', ['kubectl-create']],
  ['/spec/template/spec/tolerations/0/key', ['kubectl-create']],
  ['/spec/template', ['kubectl-create']],
  ['/metadata/annotations/a~1b', ['kubectl-create']],
  ['/spec/minReadySeconds', []],
])('%s was written by %j', (path, managers) => {
  expect(writersOf(deployment, path).map(({ manager }) => manager)).toEqual(managers);
});

test('writers are named with time and subresource; nobody is an unknown writer', () => {
  expect(describeWriters(writersOf(deployment, '/spec/paused'))).toBe('kcm/scale at 2026-11-24T08:02:00Z');
  expect(describeWriters([])).toBe('an unknown writer');
  expect(lastWriterOf(deployment)).toEqual([{ manager: 'kcm', time: '2026-11-24T08:02:00Z' }]);
});
