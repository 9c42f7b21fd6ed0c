import { defineFixture } from '../../conformance/fixture';
import { stagePause } from './rollout/staged-pause';

export const conformance = defineFixture({
  action: 'resume_rollout',
  stage: (stage) => stagePause(stage, false),
  variants: { ofPod: (stage) => stagePause(stage, false, { byPod: true }) },
});
