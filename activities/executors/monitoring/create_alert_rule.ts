import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import { pointer } from '../kubernetes/fields/json-pointer';
import { alertRules, findRule, groupsOf } from './rules/find-rule';
import { gone, ruleAction } from './rules/rule-action';
import { alertName, expr, groupName, labelName, labelText, prometheusDuration } from './rules/rule-params';
import { inForce } from './rules/rules-in-force';

const texts = z.record(labelName, labelText).refine((each) => Object.keys(each).length <= 50, 'at most 50');

const params = z.strictObject({
  alert: alertName,
  group: groupName.describe('Its group; made when there is none of that name.'),
  expr: expr.describe('PromQL; each series of the result is an alert.'),
  for: prometheusDuration.optional().describe('How long it must hold before the alert fires. Default: at once.'),
  labels: texts.optional().describe('Added to the alert: `severity`, `team` …'),
  annotations: texts.optional().describe('For people: `summary`, `runbook_url` …'),
});
type Params = z.output<typeof params>;

export const createAlertRule = ruleAction<Params>({
  name: 'create_alert_rule',
  description: 'Adds an alert to a PrometheusRule or a rule file.',
  whenToUse: 'An incident showed something that nothing watches.',
  whenNotToUse: 'A similar alert exists: change that one.',
  risk: 'medium',
  params,
  examples: [
    {
      title: 'Watch a queue',
      target: { kind: 'RuleFile', name: 'rules.yaml' },
      params: {
        alert: 'QueueGrows',
        group: 'queues',
        expr: 'deriv(queue_length{service="mail"}[10m]) > 1',
        for: '10m',
        labels: { severity: 'warning' },
        annotations: { summary: 'The mail queue grows' },
      },
    },
  ],

  wish(object, wanted) {
    const rule = ruleOf(wanted);
    const { alert, group } = wanted;
    const groups = groupsOf(object);
    const index = groups.findIndex((each) => each['name'] === group);
    const present = alertRules(object).find((each) => each.alert === alert && each.group === group);
    const same = present !== undefined && isDeepStrictEqual(present.rule, rule);
    const list = (groups[index]?.['rules'] ?? []) as JsonObject[];
    const added = present ? list : [...list, rule];
    return {
      set:
        index < 0
          ? [{ path: '/spec/groups', value: [...groups, { name: group, rules: added }] }]
          : [{ path: pointer('spec', 'groups', index, 'rules'), value: added }],
      guards: index < 0 ? [] : [pointer('spec', 'groups', index, 'name')],
      expr: wanted.expr,
      problems:
        present && !same ? [`the group ${group} has another alert ${alert} already; use update_alert_rule`] : [],
      warnings: present
        ? []
        : alertRules(object).some((each) => each.alert === alert)
          ? [`another group has an alert ${alert}, too`]
          : [],
      summary: `alert ${group}/${alert}: ${present ? 'is there already' : 'added'}`,
    };
  },

  async reading(prometheus, object, { params }, { target }) {
    const present = alertRules(object).some((each) => each.alert === params.alert && each.group === params.group);
    return present
      ? inForce(prometheus, target!, findRule(object, params))
      : gone(`${params.group}/${params.alert} was taken out`);
  },
});

function ruleOf({ alert, expr: expression, for: lasting, labels, annotations }: Params): JsonObject {
  return {
    alert,
    expr: expression,
    ...(lasting !== undefined && { for: lasting }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  };
}
