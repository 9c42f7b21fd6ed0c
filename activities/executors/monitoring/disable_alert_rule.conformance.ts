import { ruleFixture } from './conformance/rule-fixture';

export const conformance = ruleFixture({
  action: 'disable_alert_rule',
  params: ({ alert }) => ({ alert }),
  edits: ({ alert }) => ({
    tamper: (rules) => [...rules, { alert, expr: 'up > 5' }],
    foreignChange: (rules) => [...rules, { alert: `${alert}-theirs`, expr: 'up > 9' }],
  }),
});
