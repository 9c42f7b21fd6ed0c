import { z } from 'zod';
import { pointer, valueAt } from '../kubernetes/fields/json-pointer';
import type { FieldWish } from '../kubernetes/fields/recorded-field';
import { isDeepStrictEqual } from 'node:util';
import { findRule } from './rules/find-rule';
import { gone, ruleAction } from './rules/rule-action';
import { expr, labelName, labelText, prometheusDuration, ruleName } from './rules/rule-params';
import { inForce } from './rules/rules-in-force';

const texts = z.record(labelName, labelText.nullable()).refine((each) => Object.keys(each).length <= 50, 'at most 50');

const params = z
  .strictObject({
    ...ruleName,
    expr: expr.optional().describe('The new expression, PromQL.'),
    for: prometheusDuration.optional().describe('How long it must hold before the alert fires: `5m`; `0s`: at once.'),
    labels: texts.optional().describe('Labels to set; null takes one away. Others stay.'),
    annotations: texts.optional().describe('Annotations to set; null takes one away. Others stay.'),
  })
  .refine((wanted) => [wanted.expr, wanted.for, wanted.labels, wanted.annotations].some((each) => each !== undefined), {
    error: 'give at least one of expr, for, labels, annotations',
  });

export const updateAlertRule = ruleAction<z.output<typeof params>>({
  name: 'update_alert_rule',
  description: 'Changes expression, duration, labels or annotations of an alert, in a PrometheusRule or a rule file.',
  whenToUse: 'An alert watches the wrong thing, flaps because its `for` is too short, or goes to the wrong people.',
  whenNotToUse: 'Only the number is wrong: update_alert_threshold cannot break anything else.',
  risk: 'medium',
  params,
  examples: [
    {
      title: 'Fire only after ten minutes, as a warning',
      target: { kind: 'PrometheusRule', namespace: 'monitoring', name: 'web' },
      params: { alert: 'HighLatency', for: '10m', labels: { severity: 'warning' } },
    },
    {
      title: 'Another expression, in a rule file',
      target: { kind: 'RuleFile', name: 'rules.yaml' },
      params: { alert: 'InstanceDown', expr: 'min_over_time(up{job="web"}[2m]) == 0' },
    },
  ],

  wish(object, wanted) {
    const { path, guards, alert } = findRule(object, wanted);
    const set: FieldWish[] = [
      ...(wanted.expr === undefined ? [] : [{ path: `${path}/expr`, value: wanted.expr }]),
      ...(wanted.for === undefined ? [] : [{ path: `${path}/for`, value: wanted.for }]),
      ...(['labels', 'annotations'] as const).flatMap((field) =>
        Object.entries(wanted[field] ?? {}).map(([key, value]) => ({
          path: path + pointer(field, key),
          ...(value !== null && { value }),
        })),
      ),
    ];
    const differing = set.filter((each) => !isDeepStrictEqual(valueAt(object, each.path), each.value));
    const names = differing.map((each) => each.path.slice(path.length + 1)).join(', ');
    return {
      set,
      guards,
      ...(wanted.expr !== undefined && { expr: wanted.expr }),
      summary: `alert ${alert}: ${names === '' ? 'nothing to change' : `changes ${names}`}`,
    };
  },

  async reading(prometheus, object, { params }, { diff, target }) {
    const found = findRule(object, params);
    const changed = diff.filter(({ path, after }) => !isDeepStrictEqual(valueAt(object, path), after));
    if (changed.length > 0)
      return gone(`${found.alert}: ${changed.map(({ path }) => path).join(', ')} was changed again`);
    return inForce(prometheus, target!, found);
  },
});
