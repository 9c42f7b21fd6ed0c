import type { JsonObject } from '../../../../plan/json';
import { defineFixture, type ConformanceFixture } from '../../../conformance/fixture';
import { stagedPrometheusRule } from './staged-prometheus-rule';
import { stagedRuleFile } from './staged-rule-file';
import type { RuleEdits, StagedRules } from './staged-rules';

export interface RuleFixture {
  action: string;
  params(rules: StagedRules): JsonObject;
  edits(rules: StagedRules): RuleEdits;
  /** Other params, each run through once. */
  variants?: Readonly<Record<string, (rules: StagedRules) => JsonObject>>;
}

/** A rule action on a rule file, and once on a PrometheusRule, which is where it needs rights in the cluster. */
export function ruleFixture({ action, params, edits, variants = {} }: RuleFixture): ConformanceFixture {
  return defineFixture({
    action,
    stage: (stage) => stagedRuleFile(stage, params, edits),
    variants: {
      ofPrometheusRule: (stage) => stagedPrometheusRule(stage, params),
      ...Object.fromEntries(
        Object.entries(variants).map(([name, other]) => [name, (stage) => stagedRuleFile(stage, other, edits)]),
      ),
    },
  });
}
