import { z } from 'zod';

/** `actions.rules` of kubernaut.yaml: which actions are denied or narrowed, and where. */
export const actionRulesSchema = z.array(z.strictObject({})).default([]);
export type ActionRules = z.output<typeof actionRulesSchema>;
