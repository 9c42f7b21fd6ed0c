import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'delete_network_policy',
  async stage({ kube, namespace, name }) {
    const target = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace, name: name('policy') };
    const { apiVersion, kind } = target;
    const create = (app: string) =>
      kube.create({
        apiVersion,
        kind,
        metadata: { namespace, name: target.name, labels: { app } },
        spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'] },
      });
    await create('web');
    return {
      target,
      params: {},
      read: async () => {
        const found = await kube.find(target);
        return found && { spec: found.spec ?? {}, labels: found.metadata.labels ?? {} };
      },
      tamper: () => create('web'),
      foreignChange: () => create('other'),
      staleChange: () => kube.merge(target, { spec: { podSelector: { matchLabels: { app: 'other' } } } }),
    };
  },
});
