import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { Json, JsonObject } from '../../../../plan/json';
import type { Stage, Staged } from '../../../conformance/fixture';
import { RULE_FILE_KIND } from '../rules/rule-file';
import { differences, stagedSettings } from './staged-alertmanager';

/** The file has two alerts in one group: `alert`, which holds for `up > 5`, and another one. */
export interface StagedRules {
  alert: string;
  group: string;
}

/** Somebody's change by hand of the rules of the group. */
type Edit = (rules: JsonObject[]) => JsonObject[];

/** Every rule on a RuleFile needs these; on a PrometheusRule it needs the operator and its CRD. */
export const RULE_FILE_NEEDS_NO_RIGHTS = {
  'permissions-used': 'a rule file needs no rights in the cluster; those on PrometheusRules need its CRD',
  'permissions-needed': 'a rule file needs no rights in the cluster; those on PrometheusRules need its CRD',
};

/** The same rule with other members. */
export const withMembers =
  (alert: string, members: JsonObject): Edit =>
  (rules) =>
    rules.map((rule) => (rule['alert'] === alert ? { ...rule, ...members } : rule));

/** A rule file of its own in the folder of the Prometheus that was given to the run. */
export async function stagedRuleFile(
  stage: Stage,
  params: (rules: StagedRules) => JsonObject,
  edits: (rules: StagedRules) => { tamper: Edit; foreignChange: Edit },
): Promise<Staged> {
  const prometheus = stage.service('prometheus');
  const folder = stage.service('prometheus-rule-folder');
  const staged = { alert: stage.name('Alert'), group: stage.name('group') };
  const path = join(folder, `${stage.name('rules')}.yaml`);
  const rules = [
    { alert: staged.alert, expr: 'up > 5', for: '5m', labels: { severity: 'warning' } },
    { alert: `${staged.alert}-other`, expr: 'up > 7' },
  ];
  await writeFile(path, JSON.stringify({ groups: [{ name: staged.group, rules }] }, undefined, 1));
  stage.defer(() => rm(path, { force: true }));
  const change = (edit: Edit) => async () => {
    const text = await readFile(path, 'utf8');
    // Whoever edits a file by hand leaves the operation's line at its top.
    const stamp = /^#.*\n/.exec(text)?.[0] ?? '';
    const { groups } = parse(text) as { groups: Array<{ name: string; rules: JsonObject[] }> };
    const edited = groups.map((each) => (each.name === staged.group ? { ...each, rules: edit(each.rules) } : each));
    await writeFile(path, stamp + JSON.stringify({ groups: edited }, undefined, 1));
  };
  const { tamper, foreignChange } = edits(staged);
  const changes = differences(() => readFile(path, 'utf8'));
  await changes();
  return {
    target: { kind: RULE_FILE_KIND, name: basename(path) },
    params: params(staged),
    settings: stagedSettings({ prometheus: { url: prometheus }, rules: { file: path } }),
    read: async () => parse(await readFile(path, 'utf8')) as Json,
    changes,
    tamper: change(tamper),
    foreignChange: change(foreignChange),
  };
}
