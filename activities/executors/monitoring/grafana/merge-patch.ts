import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../../../plan/json';
import type { FieldChange } from '../../../../plan/step-io';

/** RFC 7386: objects are merged, null takes a member away, everything else replaces. */
export function mergePatch(document: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(document) ? { ...document } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** The patch that takes `patch` back from a document to which it was applied; only what it touches is in it. */
export function inversePatch(document: JsonObject, patch: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(patch).map(([key, value]) => {
      const present = Object.hasOwn(document, key) ? document[key] : undefined;
      if (isObject(value) && isObject(present)) return [key, inversePatch(present, value)];
      return [key, present ?? null];
    }),
  );
}

/** Does applying the patch change nothing? */
export function holdsPatch(document: JsonObject, patch: JsonObject): boolean {
  return isDeepStrictEqual(mergePatch(document, patch), document);
}

/** What the patch changes, at the deepest members that it names. */
export function patchChanges(document: JsonObject, patch: JsonObject, path = ''): FieldChange[] {
  return Object.entries(patch).flatMap(([key, value]): FieldChange[] => {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const before = Object.hasOwn(document, key) ? document[key] : undefined;
    if (isObject(value) && isObject(before)) return patchChanges(before, value, at);
    const after = value === null ? undefined : mergePatch(undefined, value);
    if (isDeepStrictEqual(before, after)) return [];
    return [{ path: at, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
  });
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
