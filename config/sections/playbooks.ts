import { z } from 'zod';
import { PLACES } from '../../plan/incident/playbook';

/** A file `*.yaml` with one playbook. */
export const playbookSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be lower case letters, digits and -, at most 63')
    .describe('How incidents name it.'),
  description: z.string().min(1).max(1000).describe('When it is right, and when it is not.'),
  match: z
    .string()
    .min(1)
    .max(2000)
    .describe('CEL over `alert.name`, `alert.labels`, `alert.severity`, and `target.cluster|kind|namespace|name`.'),
  approval: z.enum(['required', 'none']).default('required').describe('Default: a person approves the plan.'),
  steps: z
    .array(
      z.looseObject({
        id: z.string().min(1),
        action: z.string().min(1),
        target: z.enum(PLACES).optional(),
        params: z.record(z.string(), z.json()).default({}),
      }),
    )
    .min(1)
    .max(20)
    .describe('As in a plan; the target is the incident’s `owner`, or the `pod` or `node` of the alert’s label.'),
});
