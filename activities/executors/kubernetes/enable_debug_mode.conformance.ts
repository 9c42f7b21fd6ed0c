import type { JsonObject } from '../../../plan/json';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import type { WorkloadOptions } from '../../conformance/staging-workloads';
import { valueAt } from './fields/json-pointer';
import { CONTAINERS } from './rollout/containers';
import { stagedPod } from './rollout/staged-pod';

async function stageDebug(
  stage: Stage,
  options: WorkloadOptions,
  { byPod = false, broken = false } = {},
): Promise<Staged> {
  const { kube, workload } = stage;
  const owner = await workload({ replicas: 1, ...options });
  const [original] = valueAt(await kube.get(owner), CONTAINERS) as JsonObject[];
  const setEnv = (more: JsonObject[]) => {
    const env = [...((original?.env ?? []) as JsonObject[]), ...more];
    return kube.merge(owner, { spec: { template: { spec: { containers: [{ ...original, env }] } } } });
  };
  const pod = byPod || broken ? await stagedPod(stage, owner, { broken }) : undefined;
  return {
    target: byPod ? pod : owner,
    params: { stableSeconds: 1 },
    read: async () => {
      const env = valueAt(await kube.get(owner), `${CONTAINERS}/0/env`) as JsonObject[];
      return env.map(({ name }) => name ?? '').concat(String(env.find(({ name }) => name === 'LOG_LEVEL')?.value));
    },
    tamper: () => setEnv([]),
    foreignChange: () => setEnv([{ name: 'LOG_LEVEL', value: 'trace' }]),
  };
}

export const conformance = defineFixture({
  action: 'enable_debug_mode',
  stage: (stage) => stageDebug(stage, {}),
  variants: {
    StatefulSet: (stage) => stageDebug(stage, { kind: 'StatefulSet' }, { broken: true }),
    DaemonSet: async (stage) => stageDebug(stage, { kind: 'DaemonSet', podSpec: (await stage.node()).podSpec }),
    ofPod: (stage) => stageDebug(stage, {}, { byPod: true }),
  },
});
