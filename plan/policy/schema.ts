import { z } from 'zod';
import { PLAN_API_VERSION } from '../model';
import type { JsonObject } from '../json';
import { duration, escalation, expression, strictObject } from '../schema-parts';

const name = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'must be lower-case letters, digits and dashes; 63 characters at most',
  );
const timeZone = z.string().refine(isTimeZone, 'is no time zone such as Europe/Berlin or UTC');
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 08:30');
const localTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):[0-5]\d)?$/, 'must be a date such as 2026-12-20 or 2026-12-20T18:00');
const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const count = z.int().min(0).max(10_000);

const window = strictObject({
  name: name.describe('How rules call it.'),
  timeZone: timeZone.optional().describe('Time zone of all times in it. Default: that of the policy.'),
  days: z.array(weekday).min(1).optional().describe('Days on which it begins: mon … sun. Default: every day.'),
  from: clockTime.optional().describe('Begins at this time of day. Default 00:00.'),
  to: clockTime
    .optional()
    .describe('Ends before this time of day; not later than from: on the next day. Default: the end of the day.'),
  start: localTime.optional().describe('Not before this date, or date and time.'),
  end: localTime.optional().describe('Not from this date and time on; of a date alone, the whole day still counts.'),
}).refine(
  (it) => [it.days, it.from, it.to, it.start, it.end].some((each) => each !== undefined),
  'says nothing: give days, from, to, start or end',
);

const approval = strictObject({
  quorum: z.int().min(1).max(20).optional().describe('Different persons who must approve. Default 1.'),
  groups: z.array(name).min(1).max(20).optional().describe('Groups whose members may approve. Default: anybody.'),
  deadline: duration.optional().describe('No decision until then means no. Default: what the plan says, else 60m.'),
  remindEvery: duration.optional().describe('How often people are reminded. Default: what the plan says, else 15m.'),
  notify: z.string().min(1).max(63).optional().describe('Channel that is told when it is asked, and reminded.'),
  escalation: escalation.optional().describe('Who is asked as well while nobody decides; 1–5 stages.'),
  runWithin: duration
    .optional()
    .describe('What is approved has to begin within this time, or it is asked for again. Default: what the plan says.'),
});

const limit = strictObject({
  maxReplicas: count.optional().describe('Replicas that a step may set.'),
  maxTargets: count.optional().describe('Objects that the plan may change.'),
  maxNamespaces: count.optional().describe('Namespaces in which the plan may change something.'),
  maxSteps: count.optional().describe('Steps of the plan that change something.'),
  beyond: z.enum(['deny', 'approval']).optional().describe('What happens beyond it. Default deny.'),
}).refine(
  (it) => [it.maxReplicas, it.maxTargets, it.maxNamespaces, it.maxSteps].some((each) => each !== undefined),
  'says nothing: give maxReplicas, maxTargets, maxNamespaces or maxSteps',
);

const rule = strictObject({
  name: name.describe('Unique in the policy; shown to whoever is denied or has to approve.'),
  reason: z.string().trim().min(1).max(500).describe('Why, in one sentence for people.'),
  scope: z
    .enum(['step', 'plan'])
    .optional()
    .describe('Asked for each step, or once for the plan; then step and target cannot be used. Default step.'),
  when: expression.optional().describe('CEL; the rule counts when it is true. Default: always.'),
  timeZone: timeZone.optional().describe('Time zone of the variable time. Default: that of the policy.'),
  during: z.array(name).min(1).optional().describe('Counts only during one of these windows.'),
  outside: z.array(name).min(1).optional().describe('Counts only outside all of these windows.'),
  deny: z.literal(true).optional().describe('It may not be done.'),
  approval: approval.optional().describe('A person must approve; {} for anybody.'),
  limit: limit.optional().describe('It may be done up to here.'),
  allow: z.literal(true).optional().describe('In mode approve it needs no approval. Loosens nothing else.'),
}).refine(
  ({ deny, approval: asks, limit: bound, allow }) =>
    [deny, asks, bound, allow].filter((each) => each !== undefined).length === 1,
  'must have exactly one of deny, approval, limit, allow',
);

/** A policy as people write it. `plan/policy/check.ts` sees to what a form cannot say. */
export const policySchema = strictObject({
  apiVersion: z.literal(PLAN_API_VERSION, { error: `must be ${PLAN_API_VERSION}` }).describe('Version of this form.'),
  kind: z.literal('Policy', { error: 'must be Policy' }).describe('What the document is.'),
  metadata: strictObject({
    name: name.describe('Name of the policy; decisions name rules as <policy>/<rule>.'),
    description: z.string().max(2000).optional().describe('What it is for.'),
  }).describe('What it is called.'),
  spec: strictObject({
    timeZone: timeZone.optional().describe('Time zone of windows and of the variable time. Default UTC.'),
    windows: z.array(window).max(50).optional().describe('Times that rules refer to: freezes, maintenance.'),
    rules: z.array(rule).min(1, 'must hold at least one rule').max(200).describe('All are asked; the strictest wins.'),
  }).describe('What holds.'),
});

export type Policy = z.infer<typeof policySchema>;
export type PolicyRule = z.infer<typeof rule>;
export type PolicyWindow = z.infer<typeof window>;
export type PolicyLimit = z.infer<typeof limit>;

/** JSON Schema of a policy, for hints. */
export function policyJsonSchema(): JsonObject {
  return z.toJSONSchema(policySchema, { io: 'input', reused: 'inline' }) as JsonObject;
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
