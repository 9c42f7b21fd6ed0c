import { defineFixture } from '../../conformance/fixture';
import { RULE_FILE_NEEDS_NO_RIGHTS, stagedRuleFile, withMembers } from './conformance/staged-rule-file';

export const conformance = defineFixture({
  action: 'update_alert_rule',
  stage: (stage) =>
    stagedRuleFile(
      stage,
      ({ alert, group }) => ({
        ...{ alert, group, expr: 'up > 6', for: '10m' },
        labels: { severity: 'critical', team: 'web' },
        annotations: { summary: 'changed' },
      }),
      ({ alert }) => ({
        tamper: withMembers(alert, { for: '5m' }),
        foreignChange: withMembers(alert, { expr: 'up > 9' }),
      }),
    ),
  notApplicable: RULE_FILE_NEEDS_NO_RIGHTS,
});
