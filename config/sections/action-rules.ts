import { z } from 'zod';
import { namePatternSchema } from '../name-pattern';

const patterns = z.array(namePatternSchema).min(1);
const bound = z.union([
  z.number(),
  z.string().regex(/^[+-]?[\d.]+[A-Za-z]{0,2}$/, 'must be a number or a quantity (2Gi)'),
]);

const regularExpression = z.string().superRefine((text, context) => {
  try {
    new RegExp(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `is no regular expression: ${(error as Error).message}` });
  }
});

/** What a value may be; all that is said must hold. */
const allowed = z
  .strictObject({
    min: bound.optional().describe('At least: a number, or a Kubernetes quantity.'),
    max: bound.optional().describe('At most: a number, or a Kubernetes quantity.'),
    oneOf: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .min(1)
      .optional()
      .describe('One of these.'),
    matches: regularExpression.optional().describe('A text of which the whole fits this regular expression.'),
    absent: z.literal(true).optional().describe('It must not be given at all.'),
    optional: z
      .boolean()
      .default(false)
      .describe(
        'It may be left out. Default false: whoever leaves it out could say the same in another way (`by`, `factor`).',
      ),
  })
  .refine(
    ({ min, max, oneOf, matches, absent }) => [min, max, oneOf, matches, absent].some((each) => each !== undefined),
    {
      error: 'says nothing: give min, max, oneOf, matches or absent',
    },
  );
export type AllowedValue = z.output<typeof allowed>;

const rule = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be lower case letters, digits and -, at most 63')
      .describe('Named in every refusal.'),
    reason: z.string().trim().min(1).max(500).describe('Why, for the person whose step is refused.'),
    actions: patterns.describe('Actions it is about, by name or pattern: `delete_*`.'),
    clusters: patterns.optional().describe('Only in these clusters, by name or pattern: `prod-*`. Default: all.'),
    environments: patterns
      .optional()
      .describe('Only in clusters of these environments (`clusters[].environment`). Default: all.'),
    namespaces: patterns
      .optional()
      .describe(
        'Only on targets in these namespaces; a target outside any namespace is not meant. Default: all targets.',
      ),
    deny: z.literal(true).optional().describe('Never there.'),
    params: z
      .record(
        z.string().regex(/^[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*$/, 'must be the path of a parameter: memory.limit'),
        allowed,
      )
      .optional()
      .describe('What parameters may be, by path: `replicas`, `memory.limit`.'),
    changes: z
      .record(z.string().regex(/^(\/[^/]+)+$/, 'must be a JSON pointer, * for any one part: /spec/replicas'), allowed)
      .optional()
      .describe(
        'What fields may become, however it was asked for: `/spec/replicas`; `*` stands for any one part of the path.',
      ),
  })
  .refine(({ deny, params, changes }) => (deny === true) !== (params !== undefined || changes !== undefined), {
    error: 'either deny: true, or params and/or changes',
  });

/** `actions.rules` of kubernaut.yaml: which actions are denied or narrowed, and where. All rules that fit must allow a step. */
export const actionRulesSchema = z
  .array(rule)
  .default([])
  .superRefine((rules, context) => {
    rules.forEach(({ name }, index) => {
      if (rules.findIndex((other) => other.name === name) < index) {
        context.addIssue({ code: 'custom', path: [index, 'name'], message: `two rules are called ${name}` });
      }
    });
  });
export type ActionRules = z.output<typeof actionRulesSchema>;
export type ActionRule = ActionRules[number];
