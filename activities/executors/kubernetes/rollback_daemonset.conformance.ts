import { defineFixture } from '../../conformance/fixture';
import { stageRollback } from './rollout/staged-rollback';

export const conformance = defineFixture({
  action: 'rollback_daemonset',
  stage: async (stage) => stageRollback(stage, { kind: 'DaemonSet', podSpec: (await stage.node()).podSpec }),
  variants: {
    ofPod: async (stage) =>
      stageRollback(stage, { kind: 'DaemonSet', podSpec: (await stage.node()).podSpec }, { byPod: true }),
  },
});
