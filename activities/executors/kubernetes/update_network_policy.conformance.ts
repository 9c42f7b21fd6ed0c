import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'update_network_policy',
  async stage({ kube, namespace, name }) {
    const target = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace, name: name('policy') };
    const spec = { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] };
    const { apiVersion, kind } = target;
    await kube.create({ apiVersion, kind, metadata: { namespace, name: target.name }, spec });
    const allow = (port: number) => ({ ...spec, ingress: [{ ports: [{ port }] }] });
    return {
      target,
      params: { spec: allow(8080) },
      read: async () => (await kube.get(target)).spec,
      tamper: () => kube.merge(target, { spec: { ingress: null } }),
      foreignChange: () => kube.merge(target, { spec: { ingress: [{ ports: [{ port: 9090 }] }] } }),
    };
  },
});
