import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'cordon_node',
  async stage({ kube, node }) {
    const { target } = await node();
    const set = (unschedulable: true | null) => kube.merge(target, { spec: { unschedulable } });
    return {
      target,
      params: {},
      read: async () => (await kube.get(target)).spec?.unschedulable,
      tamper: () => set(null),
      // The other value of a boolean leaves nothing to undo: a later writer has to set the same one anew.
      foreignChange: async () => {
        await set(null);
        await set(true);
      },
    };
  },
});
