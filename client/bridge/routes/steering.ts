import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { BridgeRole } from '../../../config/sections/bridge';
import type { JsonObject } from '../../../plan/json';
import { MAX_APPROVED, type OverrideRequest } from '../../../plan/steering';
import type { BridgeContext } from '../bridge-context';
import type { Identity } from '../identity';
import { idParams, problems } from './responses';

const reason = z.string().trim().min(1).max(2000).optional().describe('Goes into the audit.');
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
  abort: z.strictObject({ reason, undo: z.boolean().optional().describe('Bring back what was done. Default true.') }),
  hold: z.strictObject({ reason }),
  skip: z.strictObject({ step, reason }),
  retry: z.strictObject({
    step,
    params: params.optional().describe('Instead of the step’s own, all of them; a person approves the new preview.'),
    reason,
  }),
};

const answer = z.object({ id: z.string(), answer: z.string().describe('What the remediation says, one sentence.') });

const headers = z.looseObject({
  'x-request-id': z
    .string()
    .regex(/^[\w./:@-]{1,100}$/, 'must be 1 to 100 letters, digits or _ . / : @ -')
    .optional()
    .describe('Sent twice, the request happens once and has one answer.'),
});

/** Decisions and steering; each is an update of the workflow, and answers when the remediation has taken it. */
export function steeringRoutes(app: FastifyInstance, { remediations: to, decisions }: BridgeContext): void {
  const add = <S extends z.ZodType>(
    action: string,
    { role, summary, body }: { role: BridgeRole; summary: string; body: S },
    send: (
      id: string,
      request: z.output<S> & { by: string },
      key: string | undefined,
      who: Identity,
    ) => Promise<string>,
  ): void => {
    app.withTypeProvider<ZodTypeProvider>().post(
      `/api/v1/remediations/:id/${action}`,
      {
        config: { role },
        schema: {
          operationId: action.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
          summary,
          tags: ['steering'],
          params: idParams,
          headers,
          body,
          response: { 200: answer, ...problems(404, 409, 422, 503) },
        },
        // Where everything in it is optional, so is the body.
        preValidation: async (request) => {
          request.body ??= {} as typeof request.body;
        },
      },
      async (request) => {
        const { id } = request.params;
        const who = request.identity!;
        const { name: by, requestId } = who;
        const key = request.headers['x-request-id'] ?? requestId;
        // Of this person and action: nobody gets the answer to somebody else's request by its id.
        const updateId = key === undefined ? undefined : `${action}:${by}:${key}`;
        const content = Object.assign({}, request.body as z.output<S>, { by });
        return { id, answer: await send(id, content, updateId, who) };
      },
    );
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
    (id, request, key) => to.override(id, request as OverrideRequest, key),
  );
  add(
    'abort',
    { role: 'operate', summary: 'End it, and bring back what was done', body: bodies.abort },
    (id, body, key) => to.abort(id, body, key),
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
}
