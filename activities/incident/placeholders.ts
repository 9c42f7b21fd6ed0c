import type { Json, JsonObject } from '../../plan/json';
import { hasTemplate } from '../../plan/template';

/** Where a value of a playbook comes from: a label of the alert, or the step's own target. */
export type PlaceholderSource = 'label' | 'target';

/**
 * Params with every `{ fromLabel: NAME }` and `{ fromTarget: name }` in them replaced, however deep. Undefined when one has no
 * value, or a label's value holds a template: labels are other people's texts, and in a plan a template would be code.
 */
export function fillPlaceholders(
  params: Json,
  valueOf: (source: PlaceholderSource, name: string) => string | undefined,
): JsonObject | undefined {
  let complete = true;
  const walk = (value: Json): Json => {
    const placeholder = placeholderIn(value);
    if (placeholder !== undefined) {
      const found = valueOf(placeholder.source, placeholder.name);
      if (found === undefined || hasTemplate([found])) complete = false;
      return found ?? '';
    }
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)]));
  };
  const filled = walk(params) as JsonObject;
  return complete ? filled : undefined;
}

function placeholderIn(value: Json): { source: PlaceholderSource; name: string } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { fromLabel, fromTarget, ...rest } = value;
  if (Object.keys(rest).length > 0) return undefined;
  if (typeof fromLabel === 'string' && fromTarget === undefined) return { source: 'label', name: fromLabel };
  if (fromTarget === 'name' && fromLabel === undefined) return { source: 'target', name: fromTarget };
  return undefined;
}
