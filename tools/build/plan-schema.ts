import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { planJsonSchema } from '../../plan/schema';

/** Relative to the package's root. The file is part of the repository, so that editors can use it from there. */
export const PLAN_SCHEMA_FILE = 'plan/remediation-plan.schema.json';

export function planSchemaText(): string {
  return `${JSON.stringify(planJsonSchema(), null, 2)}\n`;
}

/** Writes the JSON Schema of plans; after a build: `node lib/tools/build/plan-schema.js`, in the package's
 * root. A unit test fails when it was forgotten. */
export function writePlanSchema(root: string): void {
  writeFileSync(path.join(root, PLAN_SCHEMA_FILE), planSchemaText());
}

if (require.main === module) writePlanSchema(process.cwd());
