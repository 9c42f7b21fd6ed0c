import type { Json, JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { FIELD_MANAGER } from '../../../cluster/version';
import { parsePointer } from './json-pointer';

export interface FieldWriter {
  manager: string;
  /** ISO 8601, second precision: when the manager last wrote any of its fields. */
  time?: string;
  subresource?: string;
}

/**
 * Who owns the field at `path` according to `metadata.managedFields`. An update that changes a value takes the field over,
 * so this is its last writer; server-side appliers of the same value are listed beside it. Empty when the server kept no record.
 */
export function writersOf(object: KubeObject, path: string): FieldWriter[] {
  const entries = object.metadata.managedFields;
  if (!Array.isArray(entries)) return [];
  return (entries as unknown as JsonObject[]).flatMap((entry) => {
    if (!owns(entry.fieldsV1, parsePointer(path), object)) return [];
    return [
      {
        manager: String(entry.manager),
        ...(typeof entry.time === 'string' && { time: entry.time }),
        ...(typeof entry.subresource === 'string' && entry.subresource !== '' && { subresource: entry.subresource }),
      },
    ];
  });
}

/** Who else last wrote anything but status, as a list of at most one. */
export function lastWriterOf(object: KubeObject): FieldWriter[] {
  const entries = object.metadata.managedFields;
  if (!Array.isArray(entries)) return [];
  return (entries as unknown as Array<FieldWriter & JsonObject>)
    .filter(({ manager, subresource }) => manager !== FIELD_MANAGER && subresource !== 'status')
    .map(({ manager, time }) => ({ manager, time }))
    .sort((a, b) => (a.time ?? '').localeCompare(b.time ?? ''))
    .slice(-1);
}

/** `hpa-controller at 2026-11-24T08:00:00Z`; `an unknown writer` without a record. */
export function describeWriters(writers: readonly FieldWriter[]): string {
  const names = writers.map(
    ({ manager, time, subresource }) => `${manager}${subresource ? `/${subresource}` : ''}${time ? ` at ${time}` : ''}`,
  );
  return [...new Set(names)].slice(0, 3).join(' and ') || 'an unknown writer';
}

/** fieldsV1 nests `f:<field>` for members and `k:{"name":"web"}` for items of a keyed list. */
function owns(fields: Json | undefined, parts: string[], at: unknown): boolean {
  if (fields === undefined || fields === null || typeof fields !== 'object' || Array.isArray(fields)) return false;
  const [part, ...rest] = parts;
  if (part === undefined) return true;
  // An atomic value (`f:nodeSelector: {}`) is owned as a whole, wherever below it the path leads; a list too.
  if (Object.keys(fields).length === 0) return true;
  if (Array.isArray(at)) {
    const item = at[Number(part)] as JsonObject | undefined;
    return Object.entries(fields).some(([key, below]) => {
      if (!key.startsWith('k:') || item === undefined) return false;
      const wanted = JSON.parse(key.slice(2)) as JsonObject;
      return Object.entries(wanted).every(([name, value]) => item[name] === value) && owns(below, rest, item);
    });
  }
  const next = at !== null && typeof at === 'object' ? (at as Record<string, unknown>)[part] : undefined;
  return owns(fields[`f:${part}`], rest, next);
}
