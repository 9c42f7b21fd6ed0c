import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'restart_pod',
  async stage({ kube, namespace, workload }) {
    const { name: app } = await workload({ replicas: 2 });
    const [pod] = await kube.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `app=${app}` });
    if (!pod) throw new Error(`${app} has no pod`);
    const target = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.metadata.name };
    return {
      target,
      params: { stableSeconds: 1 },
      read: async () => {
        const found = await kube.find(target);
        return found?.metadata.uid === pod.metadata.uid && !found.metadata.deletionTimestamp;
      },
    };
  },
});
