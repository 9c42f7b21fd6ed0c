import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../../../plan/json';
import type { KubeObject, PatchOperation } from '../../../cluster/cluster';
import { parsePointer, pointer, valueAt } from './json-pointer';

/** One field as it stood, or that there was none: undoing must be able to take a field away again. */
export type RecordedField = { path: string; value: Json } | { path: string; absent: true };

/** What a field shall be; `value` absent: it shall not be there. */
export interface FieldWish {
  path: string;
  value?: Json;
}

export function recordField(object: KubeObject, path: string): RecordedField {
  const value = valueAt(object, path);
  return value === undefined ? { path, absent: true } : { path, value };
}

export function wishOf(recorded: RecordedField): FieldWish {
  return 'value' in recorded ? { path: recorded.path, value: recorded.value } : { path: recorded.path };
}

export function holds(object: KubeObject, field: FieldWish): boolean {
  return isDeepStrictEqual(valueAt(object, field.path), field.value);
}

/**
 * The same wishes as whole values at the topmost place that is missing: to set `/a/b/c` on an object without `/a` is to set
 * `/a` to `{b:{c}}`. Recorded at that place, the absence of `/a` itself can be restored.
 */
export function liftWishes(object: KubeObject, wishes: readonly FieldWish[]): FieldWish[] {
  const wished = structuredClone(object) as unknown as Record<string, unknown>;
  const paths = new Set<string>();
  for (const wish of wishes) {
    const parts = parsePointer(wish.path);
    const missing = parts.findIndex((_, index) => valueAt(object, pointer(...parts.slice(0, index + 1))) === undefined);
    if (wish.value === undefined && missing >= 0) continue;
    paths.add(missing < 0 ? wish.path : pointer(...parts.slice(0, missing + 1)));
    assign(wished, parts, wish.value);
  }
  return [...paths].map((path) => ({ path, value: valueAt(wished, path) }));
}

function assign(document: Record<string, unknown>, parts: string[], value: Json | undefined): void {
  let at = document;
  for (const part of parts.slice(0, -1)) at = (at[part] ??= {}) as Record<string, unknown>;
  const last = parts.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
}

/** Operations that bring `object` to the wished fields; their parents must exist (see `liftWishes`). */
export function patchFor(object: KubeObject, wishes: readonly FieldWish[]): PatchOperation[] {
  return wishes.flatMap(({ path, value }): PatchOperation[] => {
    const exists = valueAt(object, path) !== undefined;
    if (value === undefined) return exists ? [{ op: 'remove', path }] : [];
    return [{ op: exists ? 'replace' : 'add', path, value }];
  });
}

/**
 * Makes a patch hold to the object that was read: another uid is refused (422, TARGET_REPLACED), a newer version too
 * (409, CONFLICT). `replace`, not `test`: a failed `test` is an error without any reason in it.
 */
export function identityGuard(object: KubeObject): PatchOperation[] {
  return [
    { op: 'replace', path: '/metadata/uid', value: object.metadata.uid },
    { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
  ];
}
