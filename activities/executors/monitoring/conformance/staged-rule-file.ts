import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { Json, JsonObject } from '../../../../plan/json';
import type { Stage, Staged } from '../../../conformance/fixture';
import { RULE_FILE_KIND } from '../rules/rule-file';
import { differences, stagedSettings } from './staged-alertmanager';
import { stagedRules, type Edit, type RuleEdits, type StagedRules } from './staged-rules';

/** A rule file of its own in the folder of the Prometheus that was given to the run. */
export async function stagedRuleFile(
  stage: Stage,
  params: (rules: StagedRules) => JsonObject,
  edits: (rules: StagedRules) => RuleEdits,
): Promise<Staged> {
  const prometheus = stage.service('prometheus');
  const folder = stage.service('prometheus-rule-folder');
  const { groups, ...staged } = stagedRules(stage);
  const path = join(folder, `${stage.name('rules')}.yaml`);
  await writeFile(path, JSON.stringify({ groups }, undefined, 1));
  stage.defer(() => rm(path, { force: true }));
  const change = (edit: Edit) => async () => {
    const text = await readFile(path, 'utf8');
    // Whoever edits a file by hand leaves the operation's line at its top.
    const stamp = /^#.*\n/.exec(text)?.[0] ?? '';
    const present = parse(text) as { groups: Array<{ name: string; rules: JsonObject[] }> };
    const edited = present.groups.map((each) =>
      each.name === staged.group ? { ...each, rules: edit(each.rules) } : each,
    );
    await writeFile(path, stamp + JSON.stringify({ groups: edited }, undefined, 1));
  };
  const { tamper, foreignChange, staleChange = foreignChange } = edits(staged);
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
    staleChange: change(staleChange),
  };
}
