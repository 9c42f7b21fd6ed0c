import type { JsonObject } from '../../../plan/json';
import { defaultActionSettings } from '../../../config/action-settings';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { PAUSE_IMAGE, type WorkloadOptions } from '../../conformance/staging-workloads';
import { valueAt } from './fields/json-pointer';
import { CONTAINERS } from './rollout/containers';
import { stagedPod } from './rollout/staged-pod';

async function stageImage(
  stage: Stage,
  options: WorkloadOptions,
  { byPod = false, broken = false } = {},
): Promise<Staged> {
  const { kube, workload } = stage;
  const owner = await workload({ replicas: 1, ...options });
  const set = async (image: string) => {
    const containers = valueAt(await kube.get(owner), CONTAINERS) as JsonObject[];
    const changed = containers.map((each) => ({ ...each, image }));
    return kube.merge(owner, { spec: { template: { spec: { containers: changed } } } });
  };
  const pod = byPod || broken ? await stagedPod(stage, owner, { broken }) : undefined;
  return {
    target: byPod ? pod : owner,
    params: { image: 'registry.k8s.io/pause:3.9', stableSeconds: 1 },
    settings: { kubernetes: { ...defaultActionSettings.kubernetes, imageRegistries: ['registry.k8s.io'] } },
    read: async () => valueAt(await kube.get(owner), `${CONTAINERS}/0/image`),
    tamper: () => set(PAUSE_IMAGE),
    foreignChange: () => set('registry.k8s.io/pause:3.8'),
  };
}

export const conformance = defineFixture({
  action: 'set_image',
  stage: (stage) => stageImage(stage, {}),
  variants: {
    StatefulSet: (stage) => stageImage(stage, { kind: 'StatefulSet' }, { broken: true }),
    DaemonSet: async (stage) => stageImage(stage, { kind: 'DaemonSet', podSpec: (await stage.node()).podSpec }),
    ofPod: (stage) => stageImage(stage, {}, { byPod: true }),
  },
});
