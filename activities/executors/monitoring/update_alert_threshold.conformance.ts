import { defineFixture } from '../../conformance/fixture';
import { stagedRuleFile } from './conformance/staged-rule-file';

export const conformance = defineFixture({
  action: 'update_alert_threshold',
  stage: (stage) =>
    stagedRuleFile(stage, (alert) => ({ alert, value: 3 }), {
      undo: [/up > 3/, 'up > 5'],
      foreign: [/up > [35]/, 'up > 9'],
    }),
  notApplicable: {
    'permissions-used': 'a rule file needs no rights in the cluster; those on PrometheusRules need its CRD',
    'permissions-needed': 'a rule file needs no rights in the cluster; those on PrometheusRules need its CRD',
  },
});
