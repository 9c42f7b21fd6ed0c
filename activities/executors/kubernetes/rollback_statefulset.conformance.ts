import { defineFixture } from '../../conformance/fixture';
import { stageRollback } from './rollout/staged-rollback';

export const conformance = defineFixture({
  action: 'rollback_statefulset',
  stage: (stage) => stageRollback(stage, { kind: 'StatefulSet' }),
  variants: {
    broken: (stage) => stageRollback(stage, { kind: 'StatefulSet' }, { broken: true }),
    ofPod: (stage) => stageRollback(stage, { kind: 'StatefulSet' }, { byPod: true }),
  },
});
