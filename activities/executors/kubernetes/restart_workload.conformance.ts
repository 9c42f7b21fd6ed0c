import { defineFixture } from '../../conformance/fixture';
import { stageRestart } from './rollout/staged-restart';

export const conformance = defineFixture({
  action: 'restart_workload',
  stage: (stage) => stageRestart(stage, {}),
  variants: {
    StatefulSet: (stage) => stageRestart(stage, { kind: 'StatefulSet' }, { broken: true }),
    DaemonSet: async (stage) => stageRestart(stage, { kind: 'DaemonSet', podSpec: (await stage.node()).podSpec }),
    ofPod: (stage) => stageRestart(stage, {}, { byPod: true }),
  },
});
