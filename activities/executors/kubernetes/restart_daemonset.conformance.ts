import { defineFixture } from '../../conformance/fixture';
import { stageRestart } from './rollout/staged-restart';

export const conformance = defineFixture({
  action: 'restart_daemonset',
  stage: async (stage) => stageRestart(stage, { kind: 'DaemonSet', podSpec: (await stage.node()).podSpec }),
  variants: {
    ofPod: async (stage) =>
      stageRestart(stage, { kind: 'DaemonSet', podSpec: (await stage.node()).podSpec }, { byPod: true }),
  },
});
