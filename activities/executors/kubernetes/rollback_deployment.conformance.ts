import { defineFixture } from '../../conformance/fixture';
import { stageRollback } from './rollout/staged-rollback';

export const conformance = defineFixture({
  action: 'rollback_deployment',
  stage: (stage) => stageRollback(stage, {}),
  variants: { ofPod: (stage) => stageRollback(stage, {}, { byPod: true }) },
});
