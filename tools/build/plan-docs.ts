import type { JsonObject } from '../../plan/json';
import { planJsonSchema } from '../../plan/schema';
import { objectOf, propertyOf, schemaTable } from './schema-table';

/** Spelled out in a section of their own, once, or in the same table. */
const closed: ReadonlySet<string> = new Set(['target', 'approval', 'steps', 'checks', 'matchers']);
/** The long forms that defaulting makes of the short ones: the same thing, written in another way. */
const hidden: ReadonlySet<string> = new Set(['rollback.mode', 'rollback.step']);

/** The tables of docs/plans.md, by the name of their part; from the descriptions of the plan's schema. */
export function planTables(): Record<string, string> {
  const root = planJsonSchema();
  const spec = propertyOf(root, 'spec');
  const step = objectOf(propertyOf(spec, 'steps')['items']);
  const fields = (schema: JsonObject): string => schemaTable(schema, { closed, hidden });
  return {
    metadata: fields(propertyOf(root, 'metadata')),
    spec: fields(spec),
    step: fields(step),
    target: fields(propertyOf(step, 'target')),
    approval: fields(propertyOf(spec, 'approval')),
  };
}
