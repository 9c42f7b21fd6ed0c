import { defineFixture } from '../../conformance/fixture';
import { RULE_FILE_NEEDS_NO_RIGHTS, stagedRuleFile } from './conformance/staged-rule-file';

export const conformance = defineFixture({
  action: 'disable_alert_rule',
  stage: (stage) =>
    stagedRuleFile(
      stage,
      ({ alert }) => ({ alert }),
      ({ alert }) => ({
        tamper: (rules) => [...rules, { alert, expr: 'up > 5' }],
        foreignChange: (rules) => [...rules, { alert: `${alert}-theirs`, expr: 'up > 9' }],
      }),
    ),
  notApplicable: RULE_FILE_NEEDS_NO_RIGHTS,
});
