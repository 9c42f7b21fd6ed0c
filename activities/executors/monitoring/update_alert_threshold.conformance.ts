import { defineFixture } from '../../conformance/fixture';
import { RULE_FILE_NEEDS_NO_RIGHTS, stagedRuleFile, withMembers } from './conformance/staged-rule-file';

export const conformance = defineFixture({
  action: 'update_alert_threshold',
  stage: (stage) =>
    stagedRuleFile(
      stage,
      ({ alert }) => ({ alert, value: 3 }),
      ({ alert }) => ({
        tamper: withMembers(alert, { expr: 'up > 5' }),
        foreignChange: withMembers(alert, { expr: 'up > 9' }),
      }),
    ),
  notApplicable: RULE_FILE_NEEDS_NO_RIGHTS,
});
