import { ruleFixture } from './conformance/rule-fixture';
import { withMembers, type StagedRules } from './conformance/staged-rules';

const rule = { expr: 'up > 3', for: '1m', labels: { severity: 'warning' }, annotations: { summary: 'new' } };
const newAlert = ({ alert }: StagedRules) => `${alert}-new`;

export const conformance = ruleFixture({
  action: 'create_alert_rule',
  params: (rules) => ({ alert: newAlert(rules), group: rules.group, ...rule }),
  edits: (rules) => ({
    tamper: (present) => present.filter((each) => each['alert'] !== newAlert(rules)),
    foreignChange: withMembers(newAlert(rules), { expr: 'up > 9' }),
    staleChange: withMembers(rules.alert, { expr: 'up > 9' }),
  }),
  variants: {
    inNewGroup: (rules) => ({ alert: newAlert(rules), group: `${rules.group}-new`, ...rule }),
  },
});
