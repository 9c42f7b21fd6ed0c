import { isScalar, visit, type Document } from 'yaml';
import { ProblemCode, type Finding } from './problem';

/**
 * Keys that stand twice in one object, and keys that are no text (`? [a]`, `<<` merges included: YAML 1.2 has none). Done
 * here because the library compares every key with every other, which takes seconds for some ten thousand of them.
 */
export function checkKeys(document: Document.Parsed): Array<Omit<Finding, 'at'> & { offset: number }> {
  const found: Array<Omit<Finding, 'at'> & { offset: number }> = [];
  visit(document, {
    Map(_at, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        const offset = (key as { range?: [number, number, number] } | null)?.range?.[0] ?? 0;
        const name = isScalar(key) ? String(key.value) : undefined;
        if (name === undefined || (isScalar(key) && key.value === null)) {
          found.push({
            code: ProblemCode.syntax,
            message: 'this key is no text',
            remedy: 'Write plain names as keys.',
            offset,
          });
        } else if (seen.has(name)) {
          const message = `key ${name.slice(0, 100)} stands twice in one object`;
          found.push({ code: ProblemCode.duplicateKey, message, remedy: 'Remove one of them.', offset });
        } else seen.add(name);
      }
    },
  });
  return found;
}
