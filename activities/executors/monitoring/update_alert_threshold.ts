import { z } from 'zod';
import { exprOf, findRule } from './rules/find-rule';
import { thresholds, withThreshold, type Threshold } from './rules/promql';
import { gone, ruleAction } from './rules/rule-action';
import { ruleName } from './rules/rule-params';
import { inForce } from './rules/rules-in-force';

const params = z
  .strictObject({
    ...ruleName,
    value: z.number().optional().describe('The new threshold.'),
    by: z.number().optional().describe('Add so much to the present one; negative: take away.'),
    factor: z.number().positive().max(1000).optional().describe('Multiply the present one.'),
    comparison: z
      .int()
      .min(1)
      .max(20)
      .optional()
      .describe('Which comparison with a number, counted from 1, when the expression has several.'),
  })
  .refine(({ value, by, factor }) => [value, by, factor].filter((each) => each !== undefined).length === 1, {
    error: 'give exactly one of value, by, factor',
  });
type Params = z.output<typeof params>;

/** Changes one number in the expression's syntax tree; everything else of it stays as written. */
export const updateAlertThreshold = ruleAction<Params>({
  name: 'update_alert_threshold',
  description: 'Changes the number that an alert compares with, in a PrometheusRule or a rule file.',
  whenToUse: 'The alert is right in what it watches, but fires too early or too late.',
  whenNotToUse: 'To make a real problem quiet; for a limited time silence_alert is better.',
  risk: 'medium',
  params,
  examples: [
    {
      title: 'A fixed threshold in a PrometheusRule',
      target: { kind: 'PrometheusRule', namespace: 'monitoring', name: 'web' },
      params: { alert: 'HighLatency', value: 0.5 },
    },
    {
      title: 'A fifth more, in a rule file; the second number of the expression',
      target: { kind: 'RuleFile', name: 'rules.yaml' },
      params: { alert: 'ErrorRate', group: 'web', factor: 1.2, comparison: 2 },
    },
  ],

  wish(object, wanted) {
    const { rule, path, guards, alert } = findRule(object, wanted);
    const text = exprOf(rule);
    const found = thresholds(text);
    const chosen =
      wanted.comparison === undefined && found.length > 1 ? undefined : found[(wanted.comparison ?? 1) - 1];
    if (chosen === undefined) return { set: [], problems: [choiceProblem(wanted, found)], summary: alert };
    const value = rounded(
      wanted.value ?? (wanted.by === undefined ? chosen.value * wanted.factor! : chosen.value + wanted.by),
    );
    const expr = value === chosen.value ? text : withThreshold(text, chosen, value);
    return {
      set: [{ path: `${path}/expr`, value: expr }],
      guards,
      expr,
      problems: Number.isFinite(value) ? [] : ['the new threshold is not finite'],
      summary: `alert ${alert}: ${shorten(chosen.subject)} ${chosen.operator} ${chosen.value} → ${value}`,
    };
  },

  async reading(prometheus, object, { target, params }, { diff, target: validated }) {
    const found = findRule(object, params);
    const wished = diff[0]?.after;
    if (wished !== undefined && exprOf(found.rule) !== wished)
      return gone(`${target?.name}: ${found.alert} was changed again`);
    return inForce(prometheus, validated!, found);
  },
});

function choiceProblem({ alert, comparison }: Params, found: readonly Threshold[]): string {
  if (found.length === 0) return `the expression of ${alert} compares nothing with a number; use update_alert_rule`;
  const list = found
    .map((each, index) => `${index + 1}: ${shorten(each.subject)} ${each.operator} ${each.value}`)
    .join('; ');
  return comparison === undefined
    ? `${alert} has ${found.length} comparisons with a number; say which by comparison (${list})`
    : `${alert} has no comparison ${comparison} (${list})`;
}

/** 0.05 × 1.2 is 0.06, not 0.06000000000000000498. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}
