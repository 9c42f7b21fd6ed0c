import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'taint_node',
  stage: (stage) => stageTaint(stage, 'NoSchedule'),
  variants: { 'a taint that drives pods off': (stage) => stageTaint(stage, 'NoExecute') },
});

async function stageTaint({ kube, node, workload }: Stage, effect: string): Promise<Staged> {
  const { target, podSpec } = await node();
  if (effect === 'NoExecute') await workload({ replicas: 1, podSpec });
  const taints = async () => ((await kube.get(target)).spec?.taints ?? []) as Array<{ key: string; effect: string }>;
  const others = async () => (await taints()).filter(({ key }) => key !== 'disk');
  const set = async (value: string) =>
    kube.merge(target, { spec: { taints: [...(await others()), { key: 'disk', value, effect }] } });
  return {
    target,
    params: { key: 'disk', value: 'slow', effect },
    read: async () => (await taints()).filter(({ key }) => key === 'disk'),
    tamper: async () => kube.merge(target, { spec: { taints: await others() } }),
    foreignChange: () => set('dead'),
  };
}
