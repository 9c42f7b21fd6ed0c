import { defineFixture } from '../../conformance/fixture';
import { stageScript } from './script/staging-script';

const own = 'whether there is something to undo is known to the undo script alone; it is run, and says how it ended';

export const conformance = defineFixture({
  action: 'script_with_undo',
  stage: stageScript,
  notApplicable: {
    'rollback-unneeded': own,
    'rollback-twice': own,
    'stale-plan': 'what the script looks at is known to the script alone',
    'foreign-change': 'the undo is another script (compensatable), with no fields of ours to compare',
  },
});
