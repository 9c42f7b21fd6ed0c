import { defineFixture } from '../../conformance/fixture';

/** What an undo promises is the cordon; that the evictions stay is named in the effect. */
export const conformance = defineFixture({
  action: 'drain_node',
  async stage({ kube, node, workload }) {
    const { target, podSpec } = await node();
    await workload({ replicas: 3, podSpec });
    const set = (unschedulable: true | null) => kube.merge(target, { spec: { unschedulable } });
    return {
      target,
      params: {},
      read: async () => (await kube.get(target)).spec?.unschedulable,
      tamper: () => set(null),
      foreignChange: async () => {
        await set(null);
        await set(true);
      },
    };
  },
});
