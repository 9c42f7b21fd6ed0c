import type { Json, JsonObject } from '../json';

/**
 * Providers hold a model to a schema only in a strict dialect: every object closed, every property required (what may be
 * left out is `null` instead), no free keys, few keywords; a schema beyond it is refused, and with it the whole question
 * (HolmesGPT answers 500 then). So schemas of params are turned into that dialect for the question, and answers back.
 *
 * Lost on the way: `default`, lengths, ranges of strings; they are checked when the answer is read. An object with free keys
 * becomes a text that holds JSON.
 */
export function toStrictSchema(schema: Json): JsonObject {
  const { anyOf, enum: values, const: value, type, items, description } = asObject(schema);
  const said: JsonObject = typeof description === 'string' ? { description: description.slice(0, 300) } : {};
  if (Array.isArray(anyOf)) return { anyOf: anyOf.map(toStrictSchema), ...said };
  if (Array.isArray(values)) return { ...typeOf(type), enum: values, ...said };
  if (value !== undefined) return { ...typeOf(type), enum: [value], ...said };
  if (type === 'array') return { type, items: toStrictSchema(items ?? {}), ...said };
  if (type !== 'object' && type !== undefined) return { type, ...numberRange(asObject(schema)), ...said };
  if (hasFreeKeys(schema)) {
    const text = ['JSON as text.', said['description'], `E.g. ${JSON.stringify(exampleOf(schema))}`];
    return { type: 'string', description: text.filter(Boolean).join(' ') };
  }
  const properties = asObject(asObject(schema)['properties'] ?? {});
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, property]) => {
        const strict = toStrictSchema(property);
        return [name, isRequired(schema, name) ? strict : nullable(strict)];
      }),
    ),
    required: Object.keys(properties),
    additionalProperties: false,
    ...said,
  };
}

/**
 * An answer as the schema itself wants it: `null` for a property that may be left out is left out, and a text stands for the
 * object with free keys that it holds. Everything else is handed on as it is, to be checked.
 */
export function fromStrictAnswer(schema: Json, value: Json): Json {
  const { anyOf, type, items, properties } = asObject(schema);
  if (Array.isArray(anyOf)) {
    const fitting = anyOf.find((branch) => mayBe(branch, value));
    return fitting === undefined ? value : fromStrictAnswer(fitting, value);
  }
  if (Array.isArray(value)) return type === 'array' ? value.map((item) => fromStrictAnswer(items ?? {}, item)) : value;
  if (typeof value === 'string' && (type === 'object' || type === undefined) && hasFreeKeys(schema)) {
    return objectIn(value) ?? value;
  }
  if (value === null || typeof value !== 'object' || properties === undefined) return value;
  const known = asObject(properties);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => {
      if (item === null && !isRequired(schema, name)) return [];
      return [[name, Object.hasOwn(known, name) ? fromStrictAnswer(known[name]!, item) : item]];
    }),
  );
}

function nullable(schema: JsonObject): JsonObject {
  const { description, ...rest } = schema;
  const union = Array.isArray(rest['anyOf']) ? rest['anyOf'] : [rest];
  return { anyOf: [...union, { type: 'null' }], ...(description !== undefined && { description }) };
}

/** An object whose keys the schema does not name. */
function hasFreeKeys(schema: Json): boolean {
  const { type, properties, additionalProperties, anyOf, enum: values, const: value } = asObject(schema);
  if (type === undefined) return anyOf === undefined && values === undefined && value === undefined;
  return type === 'object' && (additionalProperties === undefined || typeof additionalProperties === 'object')
    ? properties === undefined || typeof additionalProperties === 'object'
    : false;
}

function exampleOf(schema: Json): JsonObject {
  const { type } = asObject(asObject(schema)['additionalProperties'] ?? {});
  return { key: type === 'integer' || type === 'number' ? 1 : 'value' };
}

/** Of two objects, the branch that knows all the keys. */
function mayBe(branch: Json, value: Json): boolean {
  const { type, properties } = asObject(branch);
  if (typeof value === 'string') return type === 'string' || hasFreeKeys(branch);
  if (Array.isArray(value)) return type === 'array';
  if (value === null || typeof value !== 'object') return type !== 'object' && type !== 'array' && type !== 'string';
  if (type !== 'object') return false;
  const known = asObject(properties ?? {});
  return (
    hasFreeKeys(branch) || Object.entries(value).every(([key, item]) => item === null || Object.hasOwn(known, key))
  );
}

function objectIn(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRequired(schema: Json, name: string): boolean {
  const { required } = asObject(schema);
  return Array.isArray(required) && required.includes(name);
}

function numberRange(schema: JsonObject): JsonObject {
  if (schema['type'] !== 'integer' && schema['type'] !== 'number') return {};
  return Object.fromEntries(
    ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].flatMap((name) =>
      typeof schema[name] === 'number' && Math.abs(schema[name]) < Number.MAX_SAFE_INTEGER
        ? [[name, schema[name]]]
        : [],
    ),
  );
}

function typeOf(type: Json | undefined): JsonObject {
  return type === undefined ? {} : { type };
}

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
