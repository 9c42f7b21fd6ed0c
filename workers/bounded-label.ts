import { isErrorCode } from '../plan/errors';

/** Instead of a value that would be one too many. */
export const OTHER = 'other';

/** How many values a label takes that comes from outside; a plan may name any cluster, and each name would stay for ever. */
const MOST_VALUES = 50;

/**
 * Makes a label bounded: values known beforehand are always kept, of others the first 50, all further ones are `other`.
 */
export function boundedLabel(known: Iterable<string> = [], most = MOST_VALUES): (value: string) => string {
  const kept = new Set(known);
  let room = most;
  return (value) => {
    if (kept.has(value)) return value;
    if (room <= 0) return OTHER;
    room--;
    kept.add(value);
    return value;
  };
}

const RESULTS = new Set(['ok', 'no_effect', 'unverified']);

/** A result as a label; an unknown error type, such as one of a plugin's own making, is `other`. */
export function boundedResult(result: string): string {
  return RESULTS.has(result) || isErrorCode(result) ? result : OTHER;
}
