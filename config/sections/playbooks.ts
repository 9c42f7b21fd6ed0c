import { z } from 'zod';
import { DURATION_PATTERN } from '../../plan/duration';
import { PLACES } from '../../plan/incident/playbook';

const target = z.union([
  z.enum(PLACES),
  z.strictObject({
    kind: z.string().regex(/^[A-Z][A-Za-z0-9]{0,62}$/, 'must be a kind, e.g. PodDisruptionBudget'),
    fromLabel: z.string().min(1).max(128).optional().describe('Label of the alert that holds the name.'),
  }),
]);

/** A file `*.yaml` with one playbook. */
export const playbookSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be lower case letters, digits and -, at most 63')
      .describe('How incidents name it.'),
    description: z.string().min(1).max(1000).describe('When it is right, and when it is not. HolmesGPT reads it, too.'),
    match: z
      .string()
      .min(1)
      .max(2000)
      .describe(
        'CEL over `alert.name`, `alert.labels`, `alert.severity`, and `target.cluster|kind|namespace|name|changed`; changed: it got a new pod template within the hour, and has one to go back to.',
      ),
    approval: z.enum(['required', 'none']).default('required').describe('Default: a person approves the plan.'),
    once: z
      .string()
      .regex(DURATION_PATTERN, 'must be a duration like 24h')
      .optional()
      .describe(
        'Not when one of its actions was done to the same object so recently. Default: within an incident only.',
      ),
    escalate: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe(
        'Instead of steps: nothing is done by itself, a person is called with this sentence and what was found.',
      ),
    steps: z
      .array(
        z.looseObject({
          id: z.string().min(1),
          action: z.string().min(1),
          target: target.optional(),
          params: z.record(z.string(), z.json()).default({}),
        }),
      )
      .max(20)
      .default([])
      .describe(
        'As in a plan. The target is the incident’s `owner`, the `pod` or `node` of the alert’s label, or `{ kind, fromLabel }`; without a label, the only object of that kind that belongs to the owner. In params `{ fromLabel: NAME }` stands for a label of the alert, `{ fromTarget: name }` for the target’s name.',
      ),
  })
  .refine(({ escalate, steps }) => (escalate === undefined) === steps.length > 0, {
    error: 'give exactly one of steps, escalate',
  });
