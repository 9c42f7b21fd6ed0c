import { defineFixture } from '../../conformance/fixture';
import { stageRestart } from './rollout/staged-restart';

export const conformance = defineFixture({
  action: 'restart_statefulset',
  stage: (stage) => stageRestart(stage, { kind: 'StatefulSet' }),
  variants: {
    ofPod: (stage) => stageRestart(stage, { kind: 'StatefulSet' }, { byPod: true }),
    broken: (stage) => stageRestart(stage, { kind: 'StatefulSet' }, { broken: true }),
  },
});
