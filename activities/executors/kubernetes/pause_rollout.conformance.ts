import { defineFixture } from '../../conformance/fixture';
import { stagePause } from './rollout/staged-pause';

export const conformance = defineFixture({
  action: 'pause_rollout',
  stage: (stage) => stagePause(stage, true),
  variants: { ofPod: (stage) => stagePause(stage, true, { byPod: true }) },
});
