import { defineFixture } from '../../conformance/fixture';

/** Cluster and requester come from the plan around it, which the kit writes. */
export const conformance = defineFixture({
  action: 'run_plan',
  async stage({ kube, workload }) {
    const target = await workload({ replicas: 2 });
    const generation = async () => (await kube.get(target)).metadata.generation ?? 0;
    const staged = await generation();
    return {
      params: {
        plan: {
          apiVersion: 'kubernaut.dev/v1alpha1',
          kind: 'RemediationPlan',
          metadata: { name: 'inner', reason: 'Conformance' },
          spec: { steps: [{ id: 'scale', action: 'scale_deployment', target, params: { replicas: 3 } }] },
        },
      },
      read: async () => (await kube.get(target)).spec?.replicas,
      changes: async () => (await generation()) - staged,
    };
  },
});
