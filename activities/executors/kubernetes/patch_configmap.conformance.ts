import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'patch_configmap',
  async stage({ kube, namespace, name }) {
    const target = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: name('settings') };
    await kube.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: target.name },
      data: { TIMEOUT: '5s', OLD: 'x', OTHER: 'y' },
    });
    const set = (data: Record<string, string | null>) => kube.merge(target, { data });
    return {
      target,
      params: { set: { TIMEOUT: '30s', NEW: 'z' }, remove: ['OLD'] },
      read: async () => (await kube.get(target)).data as Record<string, string>,
      tamper: () => set({ TIMEOUT: '5s', NEW: null, OLD: 'x' }),
      foreignChange: () => set({ TIMEOUT: '60s' }),
    };
  },
});
