import { isDeepStrictEqual } from 'node:util';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { ResolvedTarget } from '../../../../plan/step-io';
import type { Prometheus, RuleInForce } from '../api/prometheus';
import type { Reading } from '../metrics/watch-reading';
import { exprOf, type FoundRule } from './find-rule';
import { RULE_FILE_KIND } from './rule-file';

/**
 * Does Prometheus work with the rule as it stands in the object? True when
 * 1. the group has a rule of that name with the same expression (in Prometheus' own spelling), `for`, labels and annotations;
 * 2. it has been evaluated without an error — a rule that fails to evaluate never fires.
 */
export async function inForce(prometheus: Prometheus, target: ResolvedTarget, wanted: FoundRule): Promise<Reading> {
  const rules = await rulesOf(prometheus, target, wanted);
  const name = `${wanted.group}/${wanted.alert}`;
  if (rules.length === 0) return waiting(`Prometheus has no rule ${name} yet`);
  const expression = await prometheus.formatQuery(exprOf(wanted.rule));
  for (const rule of rules) {
    if ((await differences(prometheus, rule, wanted, expression)).length > 0) continue;
    if (rule.health === 'err')
      return { ...waiting(`${name} cannot be evaluated: ${shorten(rule.lastError)}`), failed: true };
    if (rule.health !== 'ok') return waiting(`${name} has not been evaluated yet`);
    const data = { group: wanted.group, alert: wanted.alert, query: rule.query, state: rule.state ?? 'unknown' };
    return { holds: true, summary: `${name} is in force (${data.state}): ${shorten(rule.query)}`, data };
  }
  const first = await differences(prometheus, rules[0]!, wanted, expression);
  return waiting(`Prometheus still has another ${first.join(', ')} for ${name}`);
}

/** Prometheus works without any such rule. */
export async function notInForce(prometheus: Prometheus, target: ResolvedTarget, gone: RuleKey): Promise<Reading> {
  const rules = await rulesOf(prometheus, target, gone);
  const name = `${gone.group}/${gone.alert}`;
  return rules.length > 0
    ? waiting(`Prometheus still has the rule ${name}`)
    : { holds: true, summary: `${name} is not in force any more`, data: { group: gone.group, alert: gone.alert } };
}

export interface RuleKey {
  group: string;
  alert: string;
}

/** The operator writes `<namespace>-<name>-<uid>.yaml`; other objects may have groups and alerts of the same names. */
async function rulesOf(
  prometheus: Prometheus,
  target: ResolvedTarget,
  { group, alert }: RuleKey,
): Promise<RuleInForce[]> {
  const { kind, name, namespace } = target;
  const file = kind === RULE_FILE_KIND ? `/${name}` : `/${namespace}-${name}`;
  const rules = await prometheus.alertRules();
  return rules.filter((rule) => rule.group === group && rule.name === alert && rule.file.includes(file));
}

async function differences(
  prometheus: Prometheus,
  rule: RuleInForce,
  { rule: wanted, groupLabels }: FoundRule,
  expression: string,
): Promise<string[]> {
  const differing: string[] = [];
  if ((await prometheus.formatQuery(rule.query)) !== expression) differing.push('expression');
  if (rule.duration !== seconds(wanted['for'])) differing.push('for');
  if (!isDeepStrictEqual({ ...rule.labels }, { ...texts(groupLabels), ...texts(wanted['labels']) }))
    differing.push('labels');
  if (!isDeepStrictEqual({ ...rule.annotations }, texts(wanted['annotations']))) differing.push('annotations');
  return differing;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};
/** Prometheus' durations: whole numbers, biggest unit first, each once. */
export const PROMETHEUS_DURATION = /^(?:0|(?=\d)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?)$/;

export function seconds(duration: unknown): number {
  if (duration === undefined || duration === null) return 0;
  const text = String(duration);
  if (!PROMETHEUS_DURATION.test(text))
    throw new KubernautError('PRECONDITION_FAILED', `'${text}' is no duration of Prometheus`);
  const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNIT_SECONDS[unit!]!, 0);
}

/** YAML may hold numbers and booleans where Prometheus reads texts. */
function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries((value ?? {}) as JsonObject).map(([key, each]) => [key, String(each)]));
}

function waiting(summary: string): Reading {
  return { holds: false, summary, data: {} };
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 160 ? line : `${line.slice(0, 159)}…`;
}
