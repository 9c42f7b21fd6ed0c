import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'evict_pod',
  async stage({ kube, workload }) {
    const { namespace, name } = await workload({ replicas: 1 });
    const [pod] = await kube.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `app=${name}` });
    const { metadata } = pod!;
    const target = { apiVersion: 'v1', kind: 'Pod', namespace, name: metadata.name };
    return {
      target,
      params: {},
      read: async () => {
        const found = await kube.find(target);
        return found?.metadata.uid === metadata.uid && !found.metadata.deletionTimestamp;
      },
    };
  },
});
