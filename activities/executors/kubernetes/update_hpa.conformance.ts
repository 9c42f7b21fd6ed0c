import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'update_hpa',
  async stage({ kube, namespace, workload }) {
    const { name, kind, apiVersion } = await workload({ replicas: 2 });
    const target = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace, name };
    const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } };
    await kube.create({
      apiVersion: target.apiVersion,
      kind: target.kind,
      metadata: { namespace, name },
      spec: {
        scaleTargetRef: { apiVersion, kind, name },
        minReplicas: 1,
        maxReplicas: 4,
        metrics: [{ type: 'Resource', resource }],
      },
    });
    // Its controller looks every 15 s; before that there is no status to judge by.
    await kube.until('the HPA has a status', async () => (await kube.get(target)).status?.currentReplicas, 40_000);
    const setMin = (minReplicas: number) => kube.merge(target, { spec: { minReplicas } });
    return {
      target,
      params: { min: { by: 2 } },
      read: async () => (await kube.get(target)).spec?.minReplicas,
      tamper: () => setMin(1),
      foreignChange: () => setMin(4),
    };
  },
});
