import { z } from 'zod';
import { KubernautError } from '../plan/errors';
import type { Json } from '../plan/json';
import type { Effect, Evidence, Validation } from '../plan/step-io';
import { toPlainJson } from './plain-json';

// What an action returns is checked although it is typed: a plugin may be JavaScript, and an execute that returns nothing
// must never pass for a success. `z.any()` is safe here since `toPlainJson` has already made sure of plain JSON.
const summary = z.string().trim().min(1).max(1000);
const object = z.record(z.string(), z.any());

const validation = z.strictObject({
  target: z.looseObject({ cluster: z.string(), kind: z.string(), name: z.string() }).optional(),
  owner: z.strictObject({ kind: z.string(), namespace: z.string().optional(), name: z.string() }).optional(),
  before: z.any().refine((value) => value !== undefined, 'is missing'),
  diff: z.array(z.strictObject({ path: z.string(), before: z.any().optional(), after: z.any().optional() })),
  warnings: z.array(z.string()),
  summary,
  noEffect: z.boolean(),
  approval: z.string().trim().min(1).max(300).optional(),
  facts: z.record(z.string(), z.any()).optional(),
});
const effect = z.strictObject({
  changed: z.boolean(),
  summary,
  data: object,
  irreversible: z.array(z.string()).optional(),
});
const evidence = z.strictObject({ verified: z.boolean(), summary, data: object });

/** @throws {KubernautError} `INTERNAL` when it is no {@link Validation} in plain JSON · `OUTPUT_TOO_LARGE` */
export const checkValidation = (value: unknown, what: string): Validation => check<Validation>(validation, value, what);

/** @throws {KubernautError} `INTERNAL` when it is no {@link Effect} in plain JSON · `OUTPUT_TOO_LARGE` */
export const checkEffect = (value: unknown, what: string): Effect => check<Effect>(effect, value, what);

/** @throws {KubernautError} `INTERNAL` when it is no {@link Evidence} in plain JSON · `OUTPUT_TOO_LARGE` */
export const checkEvidence = (value: unknown, what: string): Evidence => check<Evidence>(evidence, value, what);

function check<T>(schema: z.ZodType, value: unknown, what: string): T {
  const json: Json = toPlainJson(value, what);
  const result = schema.safeParse(json);
  if (result.success) return json as T;
  const problems = result.error.issues.map((issue) => `/${issue.path.map(String).join('/')}: ${issue.message}`);
  throw new KubernautError('INTERNAL', `${what} something of the wrong shape: ${problems.join('; ')}`);
}
