import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'update_pdb',
  async stage({ kube, namespace, workload }) {
    const { name } = await workload({ replicas: 2 });
    const target = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace, name };
    await kube.create({
      apiVersion: target.apiVersion,
      kind: target.kind,
      metadata: { namespace, name },
      spec: { minAvailable: 2, selector: { matchLabels: { app: name } } },
    });
    const set = (minAvailable: number | null, maxUnavailable: number | null) =>
      kube.merge(target, { spec: { minAvailable, maxUnavailable } });
    return {
      target,
      params: { maxUnavailable: 1 },
      read: async () => {
        const { minAvailable, maxUnavailable } = (await kube.get(target)).spec ?? {};
        return { minAvailable: minAvailable ?? 'absent', maxUnavailable: maxUnavailable ?? 'absent' };
      },
      tamper: () => set(2, null),
      foreignChange: () => set(null, 2),
    };
  },
});
