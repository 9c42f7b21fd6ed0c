import type { Json } from './json';
import type { DocumentPath } from './problem';
import { planJsonSchema } from './schema';

/** What the schema of plans says about the place, as a sentence for remedies: `Unique name of the step; …`. */
export const describePath = pathDescriber(planJsonSchema());

export function pathDescriber(schema: Json): (at: DocumentPath) => string | undefined {
  return (at) => describeIn(schema, at);
}

function describeIn(schema: Json, at: DocumentPath): string | undefined {
  let nodes: Json[] = [schema];
  for (const key of at) nodes = nodes.flatMap(alternatives).flatMap((node) => child(node, key));
  const description = nodes.map((node) => field(node, 'description')).find((text) => typeof text === 'string');
  return typeof description === 'string' ? description.replace(/\.?$/, '.') : undefined;
}

function alternatives(node: Json): Json[] {
  const anyOf = field(node, 'anyOf');
  return Array.isArray(anyOf) ? anyOf.flatMap(alternatives) : [node];
}

function child(node: Json, key: string | number): Json[] {
  const found = typeof key === 'number' ? field(node, 'items') : field(field(node, 'properties') ?? null, key);
  return found === undefined ? [] : [found];
}

function field(node: Json, key: string): Json | undefined {
  if (node === null || typeof node !== 'object' || Array.isArray(node)) return undefined;
  return Object.hasOwn(node, key) ? node[key] : undefined;
}
