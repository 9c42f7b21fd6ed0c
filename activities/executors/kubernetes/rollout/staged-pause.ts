import type { Stage, Staged } from '../../../conformance/fixture';
import { stagedPod } from './staged-pod';

/** For the conformance of pausing and resuming: a Deployment that is in the other state, or a pod of it as the target. */
export async function stagePause(stage: Stage, paused: boolean, { byPod = false } = {}): Promise<Staged> {
  const { kube, workload } = stage;
  const deployment = await workload({ replicas: 1 });
  const set = (value: true | null) => kube.merge(deployment, { spec: { paused: value } });
  const [wished, other] = paused ? ([true, null] as const) : ([null, true] as const);
  if (!paused) await set(true);
  return {
    target: byPod ? await stagedPod(stage, deployment) : deployment,
    params: {},
    read: async () => (await kube.get(deployment)).spec?.paused,
    tamper: () => set(other),
    // The other value of a boolean leaves nothing to undo: a later writer has to set the same one anew.
    foreignChange: async () => {
      await set(other);
      await set(wished);
      // Of an absent field nobody is recorded as the writer: only the stamp tells that it was taken away anew.
      if (!paused)
        await kube.merge(deployment, { metadata: { annotations: { 'kubernaut.dev/operation-id': 'another' } } });
    },
  };
}
