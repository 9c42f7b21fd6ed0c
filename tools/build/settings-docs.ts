import { z } from 'zod';
import { settingsSchema } from '../../config/settings';
import type { JsonObject } from '../../plan/json';
import { schemaTable } from './schema-table';

/** The table of docs/operations.md: every setting, as it may be written. */
export function settingsTable(): string {
  return schemaTable(z.toJSONSchema(settingsSchema, { io: 'input' }) as JsonObject);
}
