import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../../../plan/json';
import type { FieldChange } from '../../../../plan/step-io';
import { redactText } from '../../../redact';
import { pointer } from '../fields/json-pointer';

const SECRET = /pass|secret|token|key|cred|dsn|auth|private|conn/i;
/** Names of where a secret lies, which are none themselves. */
const REFERENCE = /^(key|secretName|serviceAccountToken|automountServiceAccountToken|topologyKey)$/;
const LONGEST_TEXT = 200;
const MOST_CHANGES = 100;

/**
 * What changes between two JSON values, field by field. Items of lists whose items all have a `name` (containers, env,
 * volumes) are paired by it; their pointer has the index on the side where they exist, `before` first. Values whose name
 * sounds secret, and long texts, appear as a hash only. More than 100 changes are cut; callers bind the whole by its hash.
 */
export function redactedDiff(before: Json | undefined, after: Json | undefined, path = ''): FieldChange[] {
  const changes = compare(before, after, path, '');
  if (changes.length <= MOST_CHANGES) return changes;
  const rest = changes.length - MOST_CHANGES;
  return [...changes.slice(0, MOST_CHANGES), { path, after: `… and ${rest} more changes` }];
}

function compare(before: Json | undefined, after: Json | undefined, path: string, name: string): FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => compare(before[key], after[key], path + pointer(key), nameOf(before, after, key)));
  }
  if (Array.isArray(before) && Array.isArray(after) && allNamed(before) && allNamed(after)) {
    const names = [...new Set([...before, ...after].map((item) => item.name))];
    return names.flatMap((each) => {
      const [was, is] = [before, after].map((list) => list.findIndex((item) => item.name === each));
      const index = was !== undefined && was >= 0 ? was : (is ?? 0);
      return compare(before[was ?? -1], after[is ?? -1], path + pointer(index), String(each));
    });
  }
  return [{ path, ...side('before', before, name), ...side('after', after, name) }];
}

/** `env[].value` is as secret as the variable's name sounds; any other field as its own. */
function nameOf(before: JsonObject, after: JsonObject, key: string): string {
  const variable = before.name ?? after.name;
  return key === 'value' && typeof variable === 'string' ? variable : key;
}

function side(which: 'before' | 'after', value: Json | undefined, name: string): Partial<FieldChange> {
  return value === undefined ? {} : { [which]: redact(value, name) };
}

function redact(value: Json, name: string): Json {
  if (typeof value === 'string') {
    const secret = SECRET.test(name) && !REFERENCE.test(name);
    return secret || value.length > LONGEST_TEXT ? hashed(value) : redactText(value);
  }
  if (Array.isArray(value)) return value.map((item) => redact(item, name));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redact(item, nameOf(value, value, key))]));
}

function hashed(value: string): string {
  return `(sha256:${createHash('sha256').update(value).digest('hex').slice(0, 12)})`;
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function allNamed(list: Json[]): list is Array<JsonObject & { name: string }> {
  const names = list.map((item) => (isObject(item) ? item.name : undefined));
  return names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
}
