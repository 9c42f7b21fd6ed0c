import type { FieldChange } from '../../plan/step-io';
import type { KubeObject, PatchOperation } from '../cluster/cluster';
import { parsePointer, pointer, valueAt } from '../executors/kubernetes/fields/json-pointer';

export interface ChangedObject {
  object: KubeObject;
  /** What makes it of the object that was read. */
  operations: PatchOperation[];
}

/**
 * Pure: the object with these changes in place, one after the other. `undefined`: they do not fit the object as it is now, by a
 * path that is not there.
 */
export function changeObject(read: KubeObject, diff: readonly FieldChange[]): ChangedObject | undefined {
  const object = structuredClone(read);
  const operations: PatchOperation[] = [];
  for (const { path, after } of diff) {
    const parts = parsePointer(path);
    const last = parts.at(-1);
    const parent = valueAt(object, pointer(...parts.slice(0, -1))) as Record<string, unknown> | unknown[] | undefined;
    if (last === undefined || parent === null || typeof parent !== 'object') return undefined;
    const exists = valueAt(object, path) !== undefined;
    if (after === undefined) {
      if (!exists) continue;
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else delete parent[last];
      operations.push({ op: 'remove', path });
    } else {
      // One place beyond the end adds an element, as in a JSON patch.
      if (Array.isArray(parent) && !(Number(last) <= parent.length)) return undefined;
      (parent as Record<string, unknown>)[last] = after;
      operations.push({ op: exists ? 'replace' : 'add', path, value: after });
    }
  }
  return { object, operations };
}
