import type { Json, JsonObject } from '../../../../plan/json';

/** A `LabelSelector` as it stands in specs, as the text the list API takes. `undefined`: it selects nothing. */
export function selectorText(selector: Json | undefined): string | undefined {
  if (selector === undefined || selector === null || typeof selector !== 'object' || Array.isArray(selector))
    return undefined;
  const labels = Object.entries((selector.matchLabels ?? {}) as JsonObject).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  const expressions = ((selector.matchExpressions ?? []) as JsonObject[]).map(({ key, operator, values }) => {
    const list = ((values ?? []) as string[]).join(',');
    if (operator === 'In') return `${String(key)} in (${list})`;
    if (operator === 'NotIn') return `${String(key)} notin (${list})`;
    return operator === 'Exists' ? String(key) : `!${String(key)}`;
  });
  return [...labels, ...expressions].join(',');
}

/** Whether a `LabelSelector` selects these labels. An empty one selects everything, an absent one nothing. */
export function selects(selector: Json | undefined, labels: Readonly<Record<string, string>> = {}): boolean {
  if (selector === undefined || selector === null || typeof selector !== 'object' || Array.isArray(selector))
    return false;
  const equal = Object.entries((selector.matchLabels ?? {}) as JsonObject).every(
    ([key, value]) => labels[key] === value,
  );
  return (
    equal &&
    ((selector.matchExpressions ?? []) as JsonObject[]).every(({ key, operator, values }) => {
      const value = labels[String(key)];
      const listed = value !== undefined && ((values ?? []) as string[]).includes(value);
      if (operator === 'In') return listed;
      if (operator === 'NotIn') return !listed;
      return (value !== undefined) === (operator === 'Exists');
    })
  );
}
