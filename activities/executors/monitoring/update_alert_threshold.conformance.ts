import { ruleFixture } from './conformance/rule-fixture';
import { withMembers } from './conformance/staged-rules';

export const conformance = ruleFixture({
  action: 'update_alert_threshold',
  params: ({ alert }) => ({ alert, value: 3 }),
  edits: ({ alert }) => ({
    tamper: withMembers(alert, { expr: 'up > 5' }),
    foreignChange: withMembers(alert, { expr: 'up > 9' }),
  }),
});
