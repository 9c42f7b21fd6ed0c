import type { Json, JsonObject } from '../../plan/json';
import { planJsonSchema } from '../../plan/schema';
import { code, table } from './markdown';

/** Spelled out in a section of their own, once. */
const shared: ReadonlySet<string> = new Set(['target', 'approval', 'steps']);
/** The long forms that defaulting makes of the short ones: the same thing, written in another way. */
const longForms: ReadonlySet<string> = new Set(['rollback.mode', 'rollback.step']);

/** The tables of docs/plans.md, by the name of their part; from the descriptions of the plan's schema. */
export function planTables(): Record<string, string> {
  const root = planJsonSchema();
  const metadata = propertyOf(root, 'metadata');
  const spec = propertyOf(root, 'spec');
  const step = objectOf(propertyOf(spec, 'steps')['items']);
  return {
    metadata: fields(metadata),
    spec: fields(spec),
    step: fields(step),
    target: fields(propertyOf(step, 'target')),
    approval: fields(propertyOf(spec, 'approval')),
  };
}

function fields(schema: JsonObject): string {
  return table(['field', 'type', 'meaning'], rowsOf(schema, ''));
}

function rowsOf(schema: JsonObject, prefix: string): string[][] {
  const seen = new Set<string>();
  return objectForms(schema).flatMap((form) => {
    const required = new Set(Array.isArray(form['required']) ? form['required'] : []);
    return Object.entries(objectOf(form['properties'])).flatMap(([name, value]) => {
      const path = prefix + name;
      if (seen.has(path) || longForms.has(path)) return [];
      seen.add(path);
      const property = objectOf(value);
      const row = [code(path) + (required.has(name) ? ' (required)' : ''), typeOf(property), descriptionOf(property)];
      return [row, ...(shared.has(name) ? [] : rowsOf(property, `${path}.`))];
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
  const range = typeof minimum === 'number' && typeof maximum === 'number' ? ` ${minimum}–${maximum}` : '';
  return typeof type === 'string' ? type + range : 'any';
}

function descriptionOf(schema: JsonObject): string {
  return typeof schema['description'] === 'string' ? schema['description'] : '';
}

function propertyOf(schema: JsonObject, name: string): JsonObject {
  return objectOf(objectOf(schema['properties'])[name]);
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
