import type { Json, JsonObject } from '../../plan/json';
import { code, table } from './markdown';

export interface SchemaTableOptions {
  /** Names of properties that get a row, but are not spelled out below it. */
  closed?: ReadonlySet<string>;
  /** Paths that get no row. */
  hidden?: ReadonlySet<string>;
}

/** One row for each field of a JSON Schema: nested ones with a dot, those of list items after `[]`. */
export function schemaTable(schema: JsonObject, options: SchemaTableOptions = {}): string {
  return table(['field', 'type', 'meaning'], rowsOf(schema, '', options));
}

function rowsOf(schema: JsonObject, prefix: string, options: SchemaTableOptions): string[][] {
  const seen = new Set<string>();
  return objectForms(schema).flatMap((form) => {
    const required = new Set(Array.isArray(form['required']) ? form['required'] : []);
    return Object.entries(objectOf(form['properties'])).flatMap(([name, value]) => {
      const path = prefix + name;
      if (seen.has(path) || options.hidden?.has(path)) return [];
      seen.add(path);
      const property = objectOf(value);
      const items = objectOf(property['items']);
      const nested = options.closed?.has(name)
        ? []
        : [...rowsOf(property, `${path}.`, options), ...rowsOf(items, `${path}[].`, options)];
      // A group of fields that says nothing of itself.
      if (descriptionOf(property) === '' && (nested.length > 0 || isEmptyObject(property))) return nested;
      const row = [code(path) + (required.has(name) ? ' (required)' : ''), typeOf(property), descriptionOf(property)];
      return [row, ...nested];
    });
  });
}

/** The forms of a value that are objects with known keys. */
function objectForms(schema: JsonObject): JsonObject[] {
  return alternatives(schema).filter((form) => form['properties'] !== undefined);
}

function alternatives(schema: JsonObject): JsonObject[] {
  const { anyOf } = schema;
  return Array.isArray(anyOf) ? anyOf.map(objectOf).flatMap(alternatives) : [schema];
}

function typeOf(schema: JsonObject): string {
  return [...new Set(alternatives(schema).map(simpleType))].join(' or ');
}

function simpleType(schema: JsonObject): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => code(String(value))).join(', ');
  if (schema['const'] !== undefined) return code(String(schema['const']));
  if (schema['type'] === 'array') return 'list';
  const { type, minimum, maximum } = schema;
  const range =
    typeof minimum === 'number' && typeof maximum === 'number' && maximum < 1e9 ? ` ${minimum}–${maximum}` : '';
  return typeof type === 'string' ? type + range : 'any';
}

/** `{}` and nothing else: a group that has no fields yet. */
function isEmptyObject(schema: JsonObject): boolean {
  return schema['additionalProperties'] === false && Object.keys(objectOf(schema['properties'])).length === 0;
}

function descriptionOf(schema: JsonObject): string {
  return typeof schema['description'] === 'string' ? schema['description'] : '';
}

/** The schema of a property; an empty one when there is none. */
export function propertyOf(schema: JsonObject, name: string): JsonObject {
  return objectOf(objectOf(schema['properties'])[name]);
}

export function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
