import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { stagedPod } from './rollout/staged-pod';

async function stageDeployment(stage: Stage, { byPod = false } = {}): Promise<Staged> {
  const { kube, workload } = stage;
  const deployment = await workload({ replicas: 2 });
  const scale = (replicas: number) => kube.merge(deployment, { spec: { replicas } });
  return {
    target: byPod ? await stagedPod(stage, deployment) : deployment,
    params: { replicas: 4 },
    read: async () => (await kube.get(deployment)).spec?.replicas,
    tamper: () => scale(1),
    foreignChange: () => scale(3),
  };
}

export const conformance = defineFixture({
  action: 'scale_deployment',
  stage: (stage) => stageDeployment(stage),
  variants: { ofPod: (stage) => stageDeployment(stage, { byPod: true }) },
});
