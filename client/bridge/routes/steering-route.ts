import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { BridgeRole } from '../../../config/sections/bridge';
import type { Identity } from '../identity';
import { idParams, problems } from './responses';

/** Of every decision and every request. */
export const reasonField = z.string().trim().min(1).max(2000).optional().describe('Goes into the audit.');

export const abortBody = z.strictObject({
  reason: reasonField,
  undo: z.boolean().optional().describe('Bring back what was done. Default true.'),
});

const headers = z.looseObject({
  'x-request-id': z
    .string()
    .regex(/^[\w./:@-]{1,100}$/, 'must be 1 to 100 letters, digits or _ . / : @ -')
    .optional()
    .describe('Sent twice, the request happens once and has one answer.'),
});

export interface SteeringRoute<S extends z.ZodType> {
  of: 'remediations' | 'incidents';
  /** Last part of the path. */
  action: string;
  operationId: string;
  role: BridgeRole;
  summary: string;
  body: S;
  /** @param key of the update: the same request of the same person has the same one */
  send(id: string, request: z.output<S> & { by: string }, key: string | undefined, who: Identity): Promise<string>;
}

/** A decision about a running workflow: an update of it, in the name of whoever is authenticated; answers once it is taken. */
export function addSteeringRoute<S extends z.ZodType>(
  app: FastifyInstance,
  { of, action, operationId, role, summary, body, send }: SteeringRoute<S>,
): void {
  const answer = z.object({
    id: z.string(),
    answer: z.string().describe(`What the ${of.slice(0, -1)} says, one sentence.`),
  });
  app.withTypeProvider<ZodTypeProvider>().post(
    `/api/v1/${of}/:id/${action}`,
    {
      config: { role },
      schema: {
        operationId,
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
}
