import { defineFixture, type Stage } from '../../conformance/fixture';
import { RULE_FILE_NEEDS_NO_RIGHTS, stagedRuleFile, withMembers } from './conformance/staged-rule-file';

const newAlert = (alert: string) => `${alert}-new`;
const stage = (on: Stage, otherGroup = false) =>
  stagedRuleFile(
    on,
    ({ alert, group }) => ({
      alert: newAlert(alert),
      group: otherGroup ? `${group}-new` : group,
      ...{ expr: 'up > 3', for: '1m', labels: { severity: 'warning' }, annotations: { summary: 'new' } },
    }),
    ({ alert }) => ({
      tamper: (rules) => rules.filter((rule) => rule['alert'] !== newAlert(alert)),
      foreignChange: withMembers(newAlert(alert), { expr: 'up > 9' }),
    }),
  );

export const conformance = defineFixture({
  action: 'create_alert_rule',
  stage,
  variants: { inNewGroup: (on) => stage(on, true) },
  notApplicable: RULE_FILE_NEEDS_NO_RIGHTS,
});
