import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'scale_deployment',
  async stage({ kube, workload }) {
    const target = await workload({ replicas: 2 });
    return {
      target,
      params: { replicas: 4 },
      read: async () => (await kube.get(target)).spec?.replicas,
      tamper: () => kube.merge(target, { spec: { replicas: 1 } }),
      foreignChange: () => kube.merge(target, { spec: { replicas: 3 } }),
    };
  },
});
