import { ruleFixture } from './conformance/rule-fixture';
import { withMembers } from './conformance/staged-rules';

export const conformance = ruleFixture({
  action: 'update_alert_rule',
  params: ({ alert, group }) => ({
    ...{ alert, group, expr: 'up > 6', for: '10m' },
    labels: { severity: 'critical', team: 'web' },
    annotations: { summary: 'changed' },
  }),
  edits: ({ alert }) => ({
    tamper: withMembers(alert, { for: '5m' }),
    foreignChange: withMembers(alert, { expr: 'up > 9' }),
  }),
});
