import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { stageStuckPod } from './pods/staged-stateful-pod';

export const conformance = defineFixture({
  action: 'recreate_statefulset_pod',
  stage: (stage) => staged(stage, 'lost'),
  variants: { 'a claim that is missing': (stage) => staged(stage, 'missing') },
});

async function staged(stage: Stage, state: 'missing' | 'lost'): Promise<Staged> {
  const { pod, uid } = await stageStuckPod(stage, state);
  return {
    target: pod,
    params: { deleteLostClaims: state === 'lost', stableSeconds: 1 },
    read: async () => (await stage.kube.find(pod))?.metadata.uid === uid,
  };
}
