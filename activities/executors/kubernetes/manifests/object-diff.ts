import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../../../plan/json';
import type { FieldChange } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { OPERATION_ANNOTATION } from '../fields/operation-stamp';
import { pointer } from '../fields/json-pointer';

/** Where two versions of an object differ in what a person can set; lists are compared, and put back, as a whole. */
export function objectDiff(before: KubeObject, after: KubeObject): FieldChange[] {
  return differences(settable(before), settable(after), []);
}

/** The parts of `value` that `shape` names: what somebody else added beside them is left out. */
export function project(value: Json | undefined, shape: Json): Json | undefined {
  if (Array.isArray(shape) && Array.isArray(value) && shape.length === value.length)
    return shape.map((each, index) => project(value[index], each) ?? null);
  if (!isObject(shape) || !isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(shape).flatMap(([key, below]) => {
      const part = project(value[key], below);
      return part === undefined ? [] : [[key, part]];
    }),
  );
}

function settable(object: KubeObject): JsonObject {
  const { metadata, status: _, ...rest } = object;
  const { labels, annotations } = metadata;
  const { [OPERATION_ANNOTATION]: __, ...own } = annotations ?? {};
  return { ...rest, metadata: { ...(labels && { labels }), ...(Object.keys(own).length > 0 && { annotations: own }) } };
}

function differences(before: JsonObject, after: JsonObject, at: string[]): FieldChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): FieldChange[] => {
    const [one, other] = [before[key], after[key]];
    if (isDeepStrictEqual(one, other)) return [];
    if (isObject(one) && isObject(other)) return differences(one, other, [...at, key]);
    return [{ path: pointer(...at, key), before: one, after: other }];
  });
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
