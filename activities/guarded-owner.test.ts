import type { KubeObject, ObjectMeta } from './cluster/cluster';
import { ownerOf } from './guarded-owner';

const object = (kind: string, metadata: Partial<ObjectMeta>, spec: KubeObject['spec'] = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x', namespace: 'shop', uid: 'u', resourceVersion: '1', ...metadata },
  spec,
});
const controlledBy = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: 'o', controller: true }],
});

test.each([
  [
    'a pod of a Deployment',
    object('Pod', { ...controlledBy('ReplicaSet', 'web-7d9'), labels: { 'pod-template-hash': '7d9' } }),
    'Deployment/web',
  ],
  ['a ReplicaSet of a Deployment', object('ReplicaSet', { ...controlledBy('Deployment', 'web') }), 'Deployment/web'],
  ['a pod of a ReplicaSet that stands alone', object('Pod', controlledBy('ReplicaSet', 'old')), 'ReplicaSet/old'],
  ['a pod of a StatefulSet', object('Pod', controlledBy('StatefulSet', 'db')), 'StatefulSet/db'],
  [
    'an autoscaler',
    object('HorizontalPodAutoscaler', {}, { scaleTargetRef: { kind: 'Deployment', name: 'web' } }),
    'Deployment/web',
  ],
])('%s is guarded along with its workload', (_, it, expected) => {
  const { kind, namespace, name } = ownerOf(it)!;
  expect(`${kind}/${name} in ${namespace}`).toBe(`${expected} in shop`);
});

test('an object without a controller has none', () => {
  expect(ownerOf(object('Pod', {}))).toBeUndefined();
});
