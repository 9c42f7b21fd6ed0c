import { closeNames } from '../../../../plan/close-names';
import type { Json, JsonObject } from '../../../../plan/json';
import { KubernautError } from '../../../../plan/errors';
import type { KubeObject } from '../../../cluster/cluster';
import { pointer } from '../../kubernetes/fields/json-pointer';

/** An alerting rule and where it stands. */
export interface FoundRule {
  group: string;
  alert: string;
  rule: JsonObject;
  /** Of the group; a label of the rule itself wins. */
  groupLabels: JsonObject;
  /** `/spec/groups/0/rules/2` */
  path: string;
  /** `/spec/groups/0/rules` */
  listPath: string;
  list: Json[];
  index: number;
  /** What gives the paths their meaning. */
  guards: string[];
}

export interface RuleName {
  alert: string;
  /** Needed only when several groups have an alert of that name. */
  group?: string;
}

export function groupsOf(object: KubeObject): JsonObject[] {
  const groups = object.spec?.['groups'];
  return (Array.isArray(groups) ? groups : []).filter(isObject);
}

/** @throws {KubernautError} `PRECONDITION_FAILED` when there is none, or more than one */
export function findRule(object: KubeObject, wanted: RuleName): FoundRule {
  const all = alertRules(object);
  const found = all.filter(({ alert, group }) => alert === wanted.alert && group === (wanted.group ?? group));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const where = `${object.kind} ${object.metadata.name}`;
  const place = wanted.group === undefined ? '' : ` in group ${wanted.group}`;
  if (only !== undefined) {
    const groups = found.map(({ group }) => group).join(', ');
    throw new KubernautError('PRECONDITION_FAILED', `${where} has ${found.length} alerts ${wanted.alert} (${groups})`, {
      remedy: 'Name the group; within one group, give the alerts different names first.',
    });
  }
  const close = closeNames(wanted.alert, new Set(all.map(({ alert }) => alert)));
  const hint = close.length > 0 ? `; did you mean ${close.join(' or ')}?` : '';
  throw new KubernautError('PRECONDITION_FAILED', `${where} has no alert ${wanted.alert}${place}${hint}`);
}

export function alertRules(object: KubeObject): FoundRule[] {
  return groupsOf(object).flatMap((group, groupIndex) => {
    const list = Array.isArray(group['rules']) ? group['rules'] : [];
    const groupPath = pointer('spec', 'groups', groupIndex);
    return list.flatMap((rule, index): FoundRule[] => {
      if (!isObject(rule) || typeof rule['alert'] !== 'string') return [];
      const listPath = `${groupPath}/rules`;
      const path = `${listPath}/${index}`;
      return [
        {
          ...{ group: String(group['name']), alert: rule['alert'], rule, path, listPath, list, index },
          groupLabels: (group['labels'] ?? {}) as JsonObject,
          guards: [`${groupPath}/name`, `${path}/alert`],
        },
      ];
    });
  });
}

/** `expr` may be a number in YAML (`expr: 1`). */
export function exprOf(rule: JsonObject): string {
  return String(rule['expr'] ?? '');
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
