import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { Json, JsonObject } from '../../../../plan/json';
import type { Stage, Staged } from '../../../conformance/fixture';
import { RULE_FILE_KIND } from '../rules/rule-file';
import { differences, stagedSettings } from './staged-alertmanager';

/** A rule file of its own in the folder of the Prometheus that was given to the run. `edit` is somebody's change by hand. */
export async function stagedRuleFile(
  stage: Stage,
  params: (alert: string, group: string) => JsonObject,
  edit: { undo: [from: RegExp, to: string]; foreign: [from: RegExp, to: string] },
): Promise<Staged> {
  const prometheus = stage.service('prometheus');
  const folder = stage.service('prometheus-rule-folder');
  const alert = stage.name('Alert');
  const group = stage.name('group');
  const path = join(folder, `${stage.name('rules')}.yaml`);
  const rules = [
    { alert, expr: 'up > 5', for: '5m' },
    { alert: `${alert}-other`, expr: 'up > 7' },
  ];
  await writeFile(path, JSON.stringify({ groups: [{ name: group, rules }] }, undefined, 1));
  stage.defer(() => rm(path, { force: true }));
  const change =
    ([from, to]: [from: RegExp, to: string]) =>
    async () => {
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace(from, to));
    };
  const changes = differences(() => readFile(path, 'utf8'));
  await changes();
  return {
    target: { kind: RULE_FILE_KIND, name: basename(path) },
    params: params(alert, group),
    settings: stagedSettings({ prometheus: { url: prometheus }, rules: { file: path } }),
    read: async () => parse(await readFile(path, 'utf8')) as Json,
    changes,
    tamper: change(edit.undo),
    foreignChange: change(edit.foreign),
  };
}
