import type { Json, JsonObject } from '../../plan/json';

export interface ParamRow {
  /** Nested ones with a dot: `undo.url`. */
  name: string;
  type: string;
  required: boolean;
  default?: string;
  description: string;
}

/** One row per parameter of a JSON Schema of an object; nested objects are spelled out below their own row. */
export function paramRows(schema: JsonObject, prefix = ''): ParamRow[] {
  // A union of objects (either this or that): the rows of each alternative, none of them required on its own.
  const alternatives = objects(schema['anyOf'] ?? schema['oneOf']);
  if (alternatives.length > 0 && schema['properties'] === undefined) {
    const rows = alternatives.flatMap((alternative) => paramRows(alternative, prefix));
    const seen = new Set<string>();
    return rows.filter(({ name }) => !seen.has(name) && seen.add(name)).map((row) => ({ ...row, required: false }));
  }
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  return Object.entries(objectOf(schema['properties'])).flatMap(([name, value]) => {
    const property = objectOf(value);
    const row: ParamRow = {
      name: prefix + name,
      type: typeOf(property),
      required: required.has(name) && property['default'] === undefined,
      default: property['default'] === undefined ? undefined : JSON.stringify(property['default']),
      description: typeof property['description'] === 'string' ? property['description'] : '',
    };
    return [row, ...paramRows(property, `${prefix}${name}.`)];
  });
}

function typeOf(property: JsonObject): string {
  if (Array.isArray(property['enum'])) return property['enum'].map((value) => JSON.stringify(value)).join(' | ');
  if (property['const'] !== undefined) return JSON.stringify(property['const']);
  const alternatives = objects(property['anyOf'] ?? property['oneOf']);
  if (alternatives.length > 0) return [...new Set(alternatives.map(typeOf))].join(' | ');
  if (property['type'] === 'array') return `list of ${typeOf(objectOf(property['items']))}`;
  const type = Array.isArray(property['type']) ? property['type'].join(' | ') : property['type'];
  return `${typeof type === 'string' ? type : 'any'}${rangeOf(property)}`;
}

function rangeOf(property: JsonObject): string {
  const low = property['minimum'] ?? property['exclusiveMinimum'];
  const high = property['maximum'] ?? property['exclusiveMaximum'];
  // zod writes the bounds of safe integers; they tell nobody anything.
  const shown = (bound: Json | undefined): bound is number =>
    typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (shown(low) && shown(high)) return ` ${low}–${high}`;
  if (shown(low)) return property['exclusiveMinimum'] === undefined ? ` ≥ ${low}` : ` > ${low}`;
  if (shown(high)) return property['exclusiveMaximum'] === undefined ? ` ≤ ${high}` : ` < ${high}`;
  return '';
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
