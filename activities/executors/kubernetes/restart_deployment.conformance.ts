import { defineFixture } from '../../conformance/fixture';
import { stageRestart } from './rollout/staged-restart';

export const conformance = defineFixture({
  action: 'restart_deployment',
  stage: (stage) => stageRestart(stage, {}),
  variants: {
    ofPod: (stage) => stageRestart(stage, {}, { byPod: true }),
  },
});
