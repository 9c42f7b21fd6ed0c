import type { Json } from './json';

/**
 * JSON as CEL sees it. JSON knows one kind of number, CEL two: whole numbers become CEL's `int` (a BigInt in the library), so
 * that `replicas + 2`, `list[i]` and `size(x) == n` work; all others stay `double`. Objects and lists are copied, so an
 * expression can neither change its inputs nor meet a class instance.
 */
export function toCel(value: Json): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(toCel);
  // fromEntries defines properties, so a key `__proto__` stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCel(item)]));
}

/**
 * What an expression gave, as JSON.
 *
 * @throws {RangeError} when JSON has no such value: an integer beyond 2^53, NaN, infinity, a duration, bytes
 */
export function fromCel(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      if (Number.isSafeInteger(Number(value))) return Number(value);
      throw new RangeError(`the result ${value} is too large for a JSON number; use string(…)`);
    case 'number':
      if (Number.isFinite(value)) return value;
      throw new RangeError(`the result is ${value}, which is no JSON number`);
    case 'object':
      if (value === null) return value;
      if (Array.isArray(value)) return value.map(fromCel);
      if (isPlainObject(value)) {
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromCel(item)]));
      }
  }
  throw new RangeError('the result is no JSON value; convert it with string(…), int(…) or double(…)');
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
