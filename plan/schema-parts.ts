import { z } from 'zod';
import { DURATION_PATTERN, durationMs } from './duration';
import { parseTarget } from './target-text';
import { isClosed, isTemplate } from './template-parts';

/** Pieces of the written form that `plan/schema.ts` is put together from. */

/**
 * An object that knows all its keys. zod names only the unknown ones; the error text carries the known ones along, so that
 * `plan/check-schema.ts` can say which was meant.
 */
export function strictObject<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(' ');
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined) });
}

export const duration = z
  .string()
  .regex(DURATION_PATTERN, { error: 'is no duration like 500ms, 90s or 1h30m', abort: true })
  .superRefine((text, context) => {
    try {
      if (durationMs(text) > 0) return;
      context.addIssue('must be longer than 0');
    } catch (error) {
      context.addIssue((error as Error).message);
    }
  });

/** Also the form of step ids; in expressions those with a dash are written `steps["scale-up"]`. */
export const stepId = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9_-]{0,62}$/,
    'must start with a letter, then letters, digits, _ or -; 63 characters at most',
  );

export const planName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be lower-case letters, digits and dashes; 63 characters at most',
  );

export const clusterName = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    'must be letters, digits, dots, _ or -; 63 characters at most',
  );

export const actionName = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_.-]{0,62}$/, 'must be the name of an action, such as scale_deployment');

export const expression = z.string().min(1, 'must be a CEL expression').max(4200);

const kind = z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,62}$/, 'must be a kind such as Deployment or Node');
const objectName = templated(/^[a-z0-9A-Z]([-a-z0-9A-Z._:]{0,251}[a-z0-9A-Z])?$/, 'must be the name of an object');
const namespace = templated(
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  'must be a namespace: lower-case letters, digits, dashes',
);

/** `Deployment/shop/web`, `Node/node-1`, or taken apart. The short form may name nothing that the other form refuses. */
export const target = z.union(
  [
    z.string().superRefine((text, context) => {
      for (const problem of shortFormProblems(text)) context.addIssue(problem);
    }),
    strictObject({
      cluster: clusterName.optional().describe('Cluster of the object. Default: spec.cluster.'),
      apiVersion: z
        .string()
        .regex(/^([a-z0-9.-]{1,253}\/)?v[a-z0-9]{1,62}$/, 'must be an API version such as apps/v1')
        .optional()
        .describe('e.g. apps/v1. Default: found by discovery.'),
      kind: kind.describe('Kind of the object, e.g. Deployment.'),
      namespace: namespace
        .optional()
        .describe('Namespace of the object; absent for cluster-scoped kinds. May be a template.'),
      name: objectName.describe('Name of the object. May be a template.'),
      uid: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,128}$/, 'must be the uid of an object')
        .optional()
        .describe('When given, only this very object may be touched.'),
    }),
  ],
  { error: 'must be a target like Deployment/shop/web, or an object with kind, namespace and name' },
);

const channel = z.string().min(1).max(63);
const groups = z.array(z.string().min(1).max(63)).min(1).max(20);

/** Most stages of an escalation. */
export const MAX_STAGES = 5;

export const escalation = z
  .array(
    strictObject({
      after: duration.describe('When it has waited so long.'),
      groups: groups.optional().describe('Groups whose members may approve from then on, too.'),
      notify: channel.optional().describe('Channel that is told, and reminded from then on. Default: the one before.'),
    }).refine(
      (stage) => stage.groups !== undefined || stage.notify !== undefined,
      'says nothing: give groups, notify or both',
    ),
  )
  .min(1)
  .max(MAX_STAGES);

export const approval = z.union(
  [
    z.enum(['required', 'none']),
    strictObject({
      required: z.boolean().describe('Whether a person must approve.'),
      quorum: z.int().min(1).max(20).optional().describe('Different persons who must approve. Default 1.'),
      groups: groups
        .optional()
        .describe('Groups whose members may approve; only signed decisions prove to belong to one. Default: anybody.'),
      deadline: duration.optional().describe('No decision until then means no. Default 60m.'),
      remindEvery: duration.optional().describe('How often a reminder is recorded and shown. Default 15m.'),
      notify: channel
        .optional()
        .describe('Channel of the notifications that is told when it is asked, and reminded. Default: nobody is told.'),
      escalation: escalation
        .optional()
        .describe('Who is asked as well while nobody decides: 1–5 stages, each later than the one before.'),
      runWithin: duration
        .optional()
        .describe(
          'When nothing that changes something has begun so long after the approval (guards, a pause, no worker), it lapses and is asked for again. Default: it does not lapse.',
        ),
    }),
  ],
  {
    error:
      "must be 'required', 'none', or an object with required, quorum, groups, deadline, remindEvery, notify, escalation and runWithin",
  },
);

const span = z.string().regex(DURATION_PATTERN, 'is no duration like 0s, 90s or 1h30m');
const timing = {
  for: span.optional().describe('It must hold so long without a break. Default 0s.'),
  within: span.optional().describe('How long to wait until it begins to hold. Default 5m.'),
  every: span.optional().describe('How often the server is asked. Default 5s.'),
};
const number = z.union([z.number(), z.string().refine(isTemplate, 'must be a number, or a template that gives one')], {
  error: 'must be a number, or a template that gives one',
});

/** The fields of one condition of `verify`: a query with its bound, or an alert. See `plan/check-verify.ts` for what goes together. */
export const checkFields = {
  query: z
    .string()
    .min(1)
    .max(4200)
    .optional()
    .describe('PromQL; its values must come above or below a number. Looked at as the action query_metric does it.'),
  above: number.optional().describe('The query’s values must be greater.'),
  below: number.optional().describe('The query’s values must be less.'),
  series: z.enum(['all', 'any']).optional().describe('Must all series of the query satisfy it, or one? Default all.'),
  noData: z.enum(['unmet', 'met']).optional().describe('What an empty result of the query means. Default unmet.'),
  ...timing,
  alertResolved: strictObject({
    alertname: z.string().min(1).max(2048).optional().describe('Name of the alert.'),
    matchers: z
      .array(
        strictObject({
          name: z.string().describe('Label.'),
          value: z.string().describe('What it must be; a regular expression when isRegex is true.'),
          isRegex: z.boolean().optional().describe('Default false.'),
          isEqual: z.boolean().optional().describe('false: the label must not match. Default true.'),
        }),
      )
      .min(1)
      .max(19)
      .optional()
      .describe('Labels that it has; with alertname, both must match.'),
    ...timing,
  })
    .optional()
    .describe('No such alert may fire any more. Looked at as the action check_alert does it.'),
};

/** One condition of `verify.checks`. */
export const verifyCheck = strictObject(checkFields);

/** A string that fits the pattern, or holds a template and is checked when it is rendered. */
function templated(pattern: RegExp, message: string): z.ZodString {
  return z
    .string()
    .min(1)
    .max(1024)
    .refine((text) => isTemplate(text) || pattern.test(text), message);
}

function shortFormProblems(text: string): string[] {
  const malformed = 'is no target like Deployment/shop/web (kind/namespace/name) or Node/node-1 (kind/name)';
  if (text.length > 1024) return [malformed];
  // A template that is never closed is the expression check's business.
  if (!isClosed(text)) return [];
  const parts = parseTarget(text);
  if (parts === undefined) return [malformed];
  const checked = { kind, namespace: namespace.optional(), name: objectName };
  return Object.entries(checked).flatMap(([part, schema]) => {
    const result = schema.safeParse(parts[part as keyof typeof checked]);
    return result.success ? [] : result.error.issues.map(({ message }) => `is no target: its ${part} ${message}`);
  });
}
