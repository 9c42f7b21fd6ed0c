import type { JsonObject } from '../../../../plan/json';
import type { Stage } from '../../../conformance/fixture';

/** Names that no other rule has. */
export interface StagedRules {
  alert: string;
  group: string;
}

/** Somebody's change by hand of the rules of the group. */
export type Edit = (rules: JsonObject[]) => JsonObject[];

/** What others do by hand; see `Staged` of the kit. */
export interface RuleEdits {
  tamper: Edit;
  foreignChange: Edit;
  /** Default: `foreignChange`. */
  staleChange?: Edit;
}

/** One group of two alerts: `alert`, which holds for `up > 5`, and another one. */
export function stagedRules({ name }: Stage): StagedRules & { groups: JsonObject[] } {
  const alert = name('Alert');
  const group = name('group');
  const rules: JsonObject[] = [
    { alert, expr: 'up > 5', for: '5m', labels: { severity: 'warning' } },
    { alert: `${alert}-other`, expr: 'up > 7' },
  ];
  return { alert, group, groups: [{ name: group, rules }] };
}

/** The same rule with other members. */
export const withMembers =
  (alert: string, members: JsonObject): Edit =>
  (rules) =>
    rules.map((rule) => (rule['alert'] === alert ? { ...rule, ...members } : rule));
