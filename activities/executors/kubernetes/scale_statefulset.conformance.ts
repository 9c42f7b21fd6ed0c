import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { stagedPod } from './rollout/staged-pod';

async function stageSet(stage: Stage, { byPod = false } = {}): Promise<Staged> {
  const { kube, workload } = stage;
  const set = await workload({ kind: 'StatefulSet', replicas: 1 });
  const scale = (replicas: number) => kube.merge(set, { spec: { replicas } });
  return {
    target: byPod ? await stagedPod(stage, set) : set,
    params: { replicas: 2 },
    read: async () => (await kube.get(set)).spec?.replicas,
    tamper: () => scale(1),
    foreignChange: () => scale(3),
  };
}

export const conformance = defineFixture({
  action: 'scale_statefulset',
  stage: (stage) => stageSet(stage),
  variants: { ofPod: (stage) => stageSet(stage, { byPod: true }) },
});
