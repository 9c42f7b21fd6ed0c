import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'untaint_node',
  async stage({ kube, node }) {
    const { target } = await node();
    const taints = async () => ((await kube.get(target)).spec?.taints ?? []) as Array<{ key: string }>;
    const set = async (value: string) => {
      const others = (await taints()).filter(({ key }) => key !== 'disk');
      await kube.merge(target, { spec: { taints: [...others, { key: 'disk', value, effect: 'NoSchedule' }] } });
    };
    await set('slow');
    return {
      target,
      params: { key: 'disk' },
      read: async () => (await taints()).filter(({ key }) => key === 'disk'),
      tamper: () => set('slow'),
      foreignChange: () => set('dead'),
    };
  },
});
