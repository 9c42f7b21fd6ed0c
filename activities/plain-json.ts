import { KubernautError } from '../plan/errors';
import type { Json } from '../plan/json';

/** 64 KiB of UTF-8 JSON: a payload over 2 MB would terminate the workflow without any undo (Temporal's blob size limit). */
export const MAX_OUTPUT_BYTES = 64 * 1024;

/**
 * A copy of `value` as it will arrive on the other side of a workflow boundary. Object properties that are `undefined` are
 * dropped; everything else that JSON would silently change (Date, class instance, NaN, `undefined` in a list) is refused.
 *
 * @param what names the value in errors: `scale_deployment.execute returned`
 * @throws {KubernautError} `INTERNAL` for what is no JSON · `OUTPUT_TOO_LARGE` above {@link MAX_OUTPUT_BYTES}
 */
export function toPlainJson(value: unknown, what: string): Json {
  const json = copy(value, '', what, new Set());
  const bytes = Buffer.byteLength(JSON.stringify(json), 'utf8');
  if (bytes > MAX_OUTPUT_BYTES) {
    throw new KubernautError(
      'OUTPUT_TOO_LARGE',
      `${what} ${bytes} bytes of JSON; at most ${MAX_OUTPUT_BYTES} are allowed`,
    );
  }
  return json;
}

function copy(value: unknown, path: string, what: string, parents: Set<object>): Json {
  const refuse = (why: string): never => {
    throw new KubernautError('INTERNAL', `${what} something that is not plain JSON: ${path || '/'} is ${why}`);
  };
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : refuse(String(value));
  if (typeof value !== 'object') return refuse(typeof value);
  if (parents.has(value)) return refuse('part of a cycle');
  parents.add(value);
  try {
    if (Array.isArray(value)) return value.map((item, index) => copy(item, `${path}/${index}`, what, parents));
    const prototype: unknown = Object.getPrototypeOf(value);
    // Objects from another realm (jest, vm) have another Object.prototype, whose own prototype is still null.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      return refuse(`a ${value.constructor?.name ?? 'class instance'}`);
    }
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, copy(item, `${path}/${key}`, what, parents)]),
    );
  } finally {
    parents.delete(value);
  }
}
