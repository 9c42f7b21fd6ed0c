import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultActionSettings } from '../../../config/action-settings';
import { kubernetesActionsSchema } from '../../../config/sections/kubernetes-actions';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { stageObserved } from './reading/staged-object';
import { stagedPod } from './rollout/staged-pod';

async function stageKind(stage: Stage, kind: string): Promise<Staged> {
  const owned = kind === 'Pod';
  const object = await stageObserved(stage, owned ? 'Deployment' : kind);
  const target = owned ? await stagedPod(stage, object) : object;
  const folder = await mkdtemp(join(tmpdir(), 'kubernaut-conformance-'));
  stage.defer(() => rm(folder, { recursive: true, force: true }));
  return {
    target,
    params: {},
    settings: { ...defaultActionSettings, kubernetes: kubernetesActionsSchema.parse({ diagnostics: { folder } }) },
    read: async () => (await stage.kube.get(target)).metadata.uid,
  };
}

export const conformance = defineFixture({
  action: 'collect_diagnostics',
  stage: (stage) => stageKind(stage, 'Deployment'),
  variants: Object.fromEntries(
    ['StatefulSet', 'DaemonSet', 'Pod', 'Node'].map((kind) => [kind, (stage) => stageKind(stage, kind)]),
  ),
});
