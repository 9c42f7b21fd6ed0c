import { KubernautError, type ErrorCode } from '../../../../plan/errors';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { drainPreview } from './drain-preview';

const object = (kind: string, name: string, more: Partial<KubeObject> = {}): KubeObject => ({
  ...{ apiVersion: 'v1', kind, metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '1' } },
  ...more,
});
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs', controller: true };
const pod = object('Pod', 'web-1', { spec: { containers: [] } });
pod.metadata.ownerReferences = [owner];
const nodes = ['n1', 'n2'].map((name) =>
  object('Node', name, { status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
);

function previewWhen(code: ErrorCode, message: string) {
  const cluster = {
    list: async ({ kind }: { kind: string }) => ({ items: kind === 'Pod' ? [pod] : kind === 'Node' ? nodes : [] }),
    evict: async () => {
      throw new KubernautError(code, message);
    },
  };
  const rules = { deleteEmptyDirData: false, evictUnmanaged: false };
  return drainPreview({ cluster } as unknown as ActionContext, nodes[0]!, { kind: 'Pod' }, rules);
}

test('a pod whose namespace is being deleted anyway does not stand in the way', async () => {
  const { count, problems, warnings } = await previewWhen(
    'REJECTED_BY_SERVER',
    'evict Pod shop/web-1: forbidden: unable to create new content in namespace shop because it is being terminated',
  );
  expect([count, problems, warnings]).toEqual([1, [], ['1 pods will be evicted: shop/web-1']]);
});

test('what a budget refuses now is told; what the server refuses for any other reason ends the preview', async () => {
  const { warnings } = await previewWhen('DISRUPTION_BUDGET', 'evict Pod shop/web-1: needs 2 healthy pods');
  expect(warnings).toContain('an eviction now would be refused: evict Pod shop/web-1: needs 2 healthy pods');
  await expect(previewWhen('REJECTED_BY_SERVER', 'an admission webhook says no')).rejects.toThrow('webhook says no');
});
