import type { Json } from './json';
import { ProblemCode, type DocumentPath, type Finding } from './problem';

/** Deeper than any sensible plan; bounds every recursion over the document, and finds cycles. */
export const MAX_DEPTH = 48;

/**
 * A copy of the document as plain JSON, so that all later checks need not be afraid of what they meet: no cycles, no class
 * instances, no NaN. Properties that are `undefined` count as absent.
 */
export function plainDocument(document: unknown): { value: Json } | { problem: Finding } {
  try {
    return { value: copy(document, []) };
  } catch (error) {
    if (error instanceof NotPlain) return { problem: error.finding };
    throw error;
  }
}

class NotPlain extends Error {
  constructor(readonly finding: Finding) {
    super(finding.message);
  }
}

function copy(value: unknown, at: DocumentPath): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  // JSON does not know -0: a plan would change on its way into the workflow.
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (typeof value !== 'object')
    throw refusal(at, `${typeof value === 'number' ? value : typeof value} is no JSON value`);
  if (at.length >= MAX_DEPTH) throw refusal(at.slice(0, 8), `nested more than ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) return Array.from(value, (item: unknown, index) => copy(item, [...at, index]));
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm (vm, worker) have another Object.prototype, whose own prototype is still null.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw refusal(at, `a ${value.constructor?.name ?? 'class instance'} is no JSON value`);
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, copy(item, [...at, key])]));
}

function refusal(at: DocumentPath, message: string): NotPlain {
  return new NotPlain({
    at,
    code: ProblemCode.notJson,
    message,
    remedy: 'Use only what JSON knows, without deep nesting.',
  });
}
