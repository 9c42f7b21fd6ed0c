import type { Json } from '../../../../plan/json';

/** RFC 6901. `''` is the whole document. */
export function parsePointer(pointer: string): string[] {
  return pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `pointer('metadata', 'annotations', 'a/b')` → `/metadata/annotations/a~1b` */
export function pointer(...parts: Array<string | number>): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** `undefined`: nothing stands there. */
export function valueAt(document: unknown, path: string): Json | undefined {
  let at: unknown = document;
  for (const part of parsePointer(path)) {
    if (at === null || typeof at !== 'object') return undefined;
    at = Array.isArray(at)
      ? at[Number(part)]
      : Object.hasOwn(at, part)
        ? (at as Record<string, unknown>)[part]
        : undefined;
  }
  return at as Json | undefined;
}
