import { z } from 'zod';
import { alertRules, findRule } from './rules/find-rule';
import { gone, ruleAction } from './rules/rule-action';
import { ruleName } from './rules/rule-params';
import { notInForce } from './rules/rules-in-force';

const params = z.strictObject(ruleName);

/** Takes the rule out of its group; the before-image holds the group's rules, so the undo puts it back at its place. */
export const disableAlertRule = ruleAction<z.output<typeof params>>({
  name: 'disable_alert_rule',
  description: 'Takes an alert out of a PrometheusRule or a rule file, so that it is evaluated no more.',
  whenToUse: 'The alert is broken or obsolete, or its evaluation overloads Prometheus.',
  whenNotToUse: 'It is only loud for now: silence_alert ends by itself. Nobody notices what is no longer watched.',
  risk: 'high',
  params,
  examples: [
    {
      title: 'Take an alert out',
      target: { kind: 'PrometheusRule', namespace: 'monitoring', name: 'web' },
      params: { alert: 'LegacyQueueFull' },
    },
  ],

  wish(object, wanted) {
    const { list, listPath, index, guards, alert, group } = findRule(object, wanted);
    return {
      set: [{ path: listPath, value: list.filter((_, each) => each !== index) }],
      guards: guards.slice(0, 1),
      warnings: ['what it watches is watched no more'],
      summary: `alert ${group}/${alert}: taken out`,
    };
  },

  async reading(prometheus, object, { params }, { before, target }) {
    // The group is known from the before-image alone: in the object there is no such rule any more.
    const group = String((before.guards[0] as { value?: unknown } | undefined)?.value ?? params.group);
    const { alert } = params;
    const back = alertRules(object).some((each) => each.alert === alert && each.group === group);
    return back ? gone(`${group}/${alert} was put back`) : notInForce(prometheus, target!, { group, alert });
  },
});
