import { z } from 'zod';
import type { JsonObject } from './json';
import { OnFailure, PLAN_API_VERSION, RollbackStrategy } from './model';
import {
  actionName,
  approval,
  checkFields,
  clusterName,
  duration,
  expression,
  planName,
  stepId,
  strictObject,
  target,
  verifyCheck,
} from './schema-parts';

/** Most steps in one plan; also the bound on what a workflow run keeps in memory. */
export const MAX_STEPS = 500;

/** Conditions in one list of `verify.checks`. */
const MAX_CHECKS = 10;

const params = z.record(z.string(), z.unknown());

const compensation = strictObject({
  action: actionName.describe('Action that takes the effect back.'),
  target: target.optional().describe('Default: the target of the step.'),
  params: params
    .optional()
    .describe('Params of that action; may hold templates, also over the step itself: ${{ steps.<id>.effect… }}.'),
});

const rollback = z.union(
  [
    z.enum(['auto', 'none']),
    compensation,
    strictObject({ mode: z.enum(['auto', 'none']) }),
    strictObject({ mode: z.literal('step'), step: compensation }),
  ],
  { error: "must be 'auto', 'none', or an explicit step: {action, target, params}" },
);

const step = strictObject({
  id: stepId.describe('Unique name of the step; other steps and expressions refer to it.'),
  action: actionName.describe('A registered action; `kubernaut actions` lists them.'),
  target: target.optional().describe('The object that the action touches; absent for actions without one (wait, log).'),
  params: params.optional().describe('Params of the action; strings may hold templates: ${{ CEL }}. Default {}.'),
  dependsOn: z
    .array(stepId)
    .max(MAX_STEPS)
    .optional()
    .describe(
      'Steps that must have ended before this one starts. Default: the step before it in the list; [] starts at once.',
    ),
  when: expression
    .optional()
    .describe('CEL over earlier steps; the step is skipped when false. E.g. steps.check.evidence.ready < 3'),
  timeout: duration.optional().describe('For executing and verifying together. Default 10m.'),
  retry: strictObject({
    attempts: z.int().min(1).max(100).optional().describe('Attempts of one activity in all. Default 3.'),
    initialInterval: duration.optional().describe('Wait before the second attempt. Default 1s.'),
    backoff: z.number().min(1).max(10).optional().describe('Factor between one wait and the next. Default 2.'),
    maxInterval: duration
      .optional()
      .describe('Longest wait between attempts. Default 30s, or initialInterval when that is longer.'),
  })
    .optional()
    .describe('How transient failures are retried.'),
  verify: strictObject({
    expect: expression
      .optional()
      .describe('CEL over this step’s evidence and effect; must be true on top of the action’s own verification.'),
    timeout: duration
      .optional()
      .describe(
        'How long the effect may take to become real, and the conditions to hold. Default: what is left of timeout.',
      ),
    ...checkFields,
    checks: z
      .array(verifyCheck)
      .min(1)
      .max(MAX_CHECKS)
      .optional()
      .describe('More conditions, each with a query or an alertResolved of its own; looked at one after the other.'),
  })
    .optional()
    .describe('What must hold after the step.'),
  critical: z.boolean().optional().describe('false: a failure of this step does not fail the plan. Default true.'),
  onFailure: z
    .enum(OnFailure)
    .optional()
    .describe(
      'rollback: undo the plan · continue: go on · stop: run nothing more, undo nothing · ask: a person retries the step, skips it or ends the plan, within the deadline of the plan’s approval. Default rollback, or continue when not critical.',
    ),
  rollback: rollback
    .optional()
    .describe(
      'How the effect is undone: auto (the action’s own way), none, or an explicit step {action, target, params}. Default auto.',
    ),
  temporary: z
    .union(
      [
        z.boolean(),
        strictObject({ for: duration.describe('The effect stays at least so long after it was verified, e.g. 30m.') }),
      ],
      { error: 'must be true, false, or an object with for' },
    )
    .optional()
    .describe(
      'true: the effect is meant for the time of the plan alone and is undone when everything else has succeeded. {for: 30m}: at the earliest so long after it was verified; the plan ends only then. Default false.',
    ),
  forEach: strictObject({
    in: z
      .union([z.array(z.unknown()).max(100), expression], { error: 'must be a list, or CEL that gives a list' })
      .describe('A list of at most 100 items, or CEL giving one, evaluated when the dependencies have ended.'),
    as: z
      .string()
      .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/, 'must be a name of letters, digits and _')
      .optional()
      .describe('Name of the loop variable in expressions. Default item.'),
    max: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('More items than this fail the step before anything is done. Default 20.'),
    parallel: z.boolean().optional().describe('Run the items side by side. Default false.'),
  })
    .optional()
    .describe('Run the step once for each item.'),
  approval: approval.optional().describe('Whether a person must approve this step. Default none.'),
});

const metadata = strictObject({
  name: planName.describe('Name of the plan; the workflow id is derived from it.'),
  reason: z.string().min(1, 'must say why').max(4096).describe('Why this plan exists, for the person who approves it.'),
  requester: z.string().min(1, 'must say who').max(256).describe('Who or what asked: a person, a tool, holmesgpt.'),
  incident: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe('Incident this plan belongs to: incident/<cluster>/<ns>/<kind>/<name>.'),
  investigation: strictObject({
    id: z.string().min(1).max(256).optional().describe('Identifier of the investigation.'),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
      .max(2048)
      .optional()
      .describe('Where it can be read.'),
    confidence: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('How sure it is of this remedy, 0–1; policies ask for it. Default: not sure at all.'),
  })
    .optional()
    .describe('Where the recommendation came from.'),
  labels: z
    .record(z.string().max(317), z.string().max(1024))
    .optional()
    .describe('Free labels; visible to expressions as plan.labels.'),
});

const spec = strictObject({
  cluster: clusterName.optional().describe('Cluster of every target that names none. Default: default.'),
  timeout: duration
    .optional()
    .describe('Deadline of the whole run, approvals included; then what was done is undone. Default 2h.'),
  rollbackStrategy: z
    .enum(RollbackStrategy)
    .optional()
    .describe(
      'When the plan fails: undo at once (automatic), ask whether to undo (manual), or leave it (none). Default automatic.',
    ),
  dryRun: z.boolean().optional().describe('Stop after the preview; nothing is changed. Default false.'),
  approval: approval.optional().describe('Whether a person must approve the plan. Default none.'),
  guards: strictObject({
    onBusy: z
      .enum(['wait', 'refuse'])
      .optional()
      .describe('What to do while a guard is busy. Default: as the settings say (wait).'),
    maxWait: duration
      .optional()
      .describe('Longest wait for one guard; then the run ends as blocked. Default: as the settings say (30m).'),
    priority: z
      .enum(['critical', 'high', 'normal', 'low'])
      .optional()
      .describe('Who goes first when several wait. Default: the label severity of the plan, else normal.'),
    breakGlass: z
      .string()
      .trim()
      .min(1, 'must say why')
      .max(500)
      .optional()
      .describe(
        'Why this plan must go in front of all others and past cooldown, rate, breaker and capacity. Never past who acts on the target.',
      ),
  })
    .optional()
    .describe('How the run takes its guards.'),
  steps: z.array(step).min(1, 'must hold at least one step').max(MAX_STEPS).describe('1–500 steps.'),
});

/** The form in which people and tools write plans. Every default is still open; `plan/normalize.ts` fills them in. */
export const planSchema = strictObject({
  apiVersion: z.literal(PLAN_API_VERSION, { error: `must be ${PLAN_API_VERSION}` }).describe('Version of this form.'),
  kind: z.literal('RemediationPlan', { error: 'must be RemediationPlan' }).describe('What the document is.'),
  metadata: metadata.describe('Who, why and where from.'),
  spec: spec.describe('What is to be done.'),
});

export type WrittenPlan = z.infer<typeof planSchema>;
export type WrittenStep = z.infer<typeof step>;
export type WrittenTarget = z.infer<typeof target>;
export type WrittenApproval = z.infer<typeof approval>;
export type WrittenRollback = z.infer<typeof rollback>;
export type WrittenCompensation = z.infer<typeof compensation>;

/**
 * JSON Schema (2020-12) of the written form, for editors and other tools. It says less than `checkPlan`: references, cycles
 * and actions are beyond it. Published as `plan/remediation-plan.schema.json`.
 */
export function planJsonSchema(): JsonObject {
  const { $schema, ...schema } = z.toJSONSchema(planSchema, { io: 'input', reused: 'inline' }) as JsonObject;
  return {
    $schema: $schema!,
    $id: 'urn:kubernaut:remediation-plan:v1alpha1',
    title: 'RemediationPlan',
    ...schema,
  };
}
