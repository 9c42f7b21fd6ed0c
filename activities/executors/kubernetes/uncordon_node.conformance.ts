import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'uncordon_node',
  async stage({ kube, node }) {
    const { target } = await node();
    const set = (unschedulable: true | null) => kube.merge(target, { spec: { unschedulable } });
    await set(true);
    return {
      target,
      params: {},
      read: async () => (await kube.get(target)).spec?.unschedulable,
      tamper: () => set(true),
      // Of an absent field nobody is recorded as the writer: only the stamp tells that it was taken away anew.
      foreignChange: async () => {
        await set(true);
        await set(null);
        await kube.merge(target, { metadata: { annotations: { 'kubernaut.dev/operation-id': 'another' } } });
      },
    };
  },
});
