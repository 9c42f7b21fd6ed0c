import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import { MAX_APPROVED, type OverrideRequest } from '../../../plan/steering';
import type { BridgeContext } from '../bridge-context';
import { abortBody, addSteeringRoute, reasonField, type SteeringRoute } from './steering-route';

const reason = reasonField;
const step = z.string().min(1).max(200).describe('A step id; of a forEach step’s items, `<step>/<n>`.');

const digest = z
  .string()
  .regex(/^(sha256:[0-9a-f]{64}|[0-9a-f]{12,64})$/, 'must be sha256:… or at least 12 hex digits of it');
// Whatever a JSON body can hold; z.json() would refer to a schema that is not in the OpenAPI document.
const params = z.record(z.string(), z.unknown());

/** Bodies hold no `by`: whoever is authenticated decides. */
const bodies = {
  approve: z.strictObject({
    digest: digest.describe('Of the preview, as in `details.approvals[].digest`: exactly that is approved.'),
    step: step.optional(),
    also: z
      .array(z.strictObject({ digest, step: step.optional() }))
      .max(MAX_APPROVED)
      .optional()
      .describe('What else is approved with it: all of it counts, or nothing.'),
    reason,
  }),
  reject: z.strictObject({
    digest: digest
      .optional()
      .describe('Of what was looked at; if something else waits by now, it is not rejected. Default: what waits.'),
    step: step.optional(),
    reason,
  }),
  revoke: z.strictObject({
    step: step.optional().describe('Of which the approval is taken back. Default: that of the plan, or the only one.'),
    reason,
  }),
  override: z.strictObject({
    changes: z
      .array(z.strictObject({ step, params: params.describe('Instead of the step’s own, all of them.') }))
      .min(1)
      .max(MAX_APPROVED)
      .describe('For steps that wait for approval. They are previewed again; approve their new digest then.'),
    reason,
  }),
  hold: z.strictObject({ reason }),
  skip: z.strictObject({ step, reason }),
  retry: z.strictObject({
    step,
    params: params.optional().describe('Instead of the step’s own, all of them; a person approves the new preview.'),
    reason,
  }),
};

/** Decisions and steering; each is an update of the workflow, and answers when it has taken it. */
export function steeringRoutes(app: FastifyInstance, { remediations: to, incidents, decisions }: BridgeContext): void {
  const add = <S extends z.ZodType>(
    action: string,
    of: Pick<SteeringRoute<S>, 'role' | 'summary' | 'body'>,
    send: SteeringRoute<S>['send'],
  ): void => {
    const operationId = action.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    addSteeringRoute(app, { of: 'remediations', action, operationId, ...of, send });
  };

  add(
    'approve',
    { role: 'approve', summary: 'Approve exactly this digest', body: bodies.approve },
    (id, body, key, who) => decisions.approve(id, who, body, key),
  );
  add(
    'reject',
    { role: 'approve', summary: 'Reject what waits for approval', body: bodies.reject },
    (id, body, key, who) => decisions.reject(id, who, body, key),
  );
  add('revoke', { role: 'approve', summary: 'Take an approval back', body: bodies.revoke }, (id, body, key, who) =>
    decisions.revoke(id, who, body, key),
  );
  add(
    'override',
    { role: 'approve', summary: 'Give other params to what waits for approval', body: bodies.override },
    (id, request, key, who) => decisions.override(id, who, request as OverrideRequest, key),
  );
  add('abort', { role: 'operate', summary: 'End it, and bring back what was done', body: abortBody }, (id, body, key) =>
    to.abort(id, body, key),
  );
  add('pause', { role: 'operate', summary: 'Start no new step', body: bodies.hold }, (id, body, key) =>
    to.pause(id, body, key),
  );
  add('resume', { role: 'operate', summary: 'Go on after a pause', body: bodies.hold }, (id, body, key) =>
    to.resume(id, body, key),
  );
  add('take-over', { role: 'operate', summary: 'Work on it by hand for a while', body: bodies.hold }, (id, body, key) =>
    to.takeOver(id, body, key),
  );
  add('hand-back', { role: 'operate', summary: 'Give it back after a take-over', body: bodies.hold }, (id, body, key) =>
    to.handBack(id, body, key),
  );
  add('skip', { role: 'operate', summary: 'Leave out a step', body: bodies.skip }, (id, body, key) =>
    to.skipStep(id, body, key),
  );
  add('retry', { role: 'operate', summary: 'Try a failed step again', body: bodies.retry }, (id, request, key) =>
    to.retryStep(id, { ...request, params: request.params as JsonObject | undefined }, key),
  );
  addSteeringRoute(app, {
    of: 'incidents',
    action: 'abort',
    operationId: 'abortIncident',
    role: 'operate',
    summary: 'End an incident: nothing further begins, and a remediation under way brings back what it did',
    body: abortBody,
    send: (id, request, key) => incidents.abort(id, request, key),
  });
}
