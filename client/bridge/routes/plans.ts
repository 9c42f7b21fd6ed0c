import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { acceptPlan } from '../accept-plan';
import type { BridgeContext } from '../bridge-context';
import { problems } from './responses';

/** The document is checked by the plan language's own checks, which name every problem; its schema is in the OpenAPI document. */
export const planBody = z.unknown().meta({ id: 'RemediationPlan' });

/** Names a run: `remediation/<key>`. */
export const idempotencyKey = z
  .string()
  .regex(/^[A-Za-z0-9][\w./:@-]{0,199}$/, 'must be 1 to 200 letters, digits or _ . / : @ -')
  .optional()
  .describe('Sent twice with the same plan, one remediation is started: `remediation/<key>`.');

const started = z.object({
  id: z.string().describe('Workflow id.'),
  runId: z.string(),
  attached: z.boolean().describe('It was started before, by the same key and plan.'),
  requester: z.string().describe('The authenticated sender, whatever the plan says.'),
  warnings: z.array(z.object({ path: z.string(), code: z.string(), message: z.string(), remedy: z.string() })),
});

export function planRoutes(app: FastifyInstance, { actions, remediations }: BridgeContext): void {
  app.register(async (scope) => {
    scope.addContentTypeParser(
      ['application/yaml', 'application/x-yaml', 'text/yaml'],
      { parseAs: 'string' },
      (_request, text, done) => done(null, text),
    );
    scope.withTypeProvider<ZodTypeProvider>().post(
      '/api/v1/plans',
      {
        config: { role: 'operate' },
        schema: {
          operationId: 'startPlan',
          summary: 'Check a plan and start its remediation',
          description: 'JSON or YAML (application/yaml). 201: started. 200: was started before under this key.',
          tags: ['remediations'],
          headers: z.looseObject({ 'idempotency-key': idempotencyKey }),
          querystring: z.strictObject({
            dryRun: z.stringbool().optional().describe('Stop after the preview, whatever the plan says.'),
          }),
          body: planBody,
          response: { 200: started, 201: started, ...problems(409, 422, 503) },
        },
      },
      async (request, reply) => {
        const { name: requester, requestId } = request.identity!;
        const { plan, warnings } = acceptPlan(request.body, { actions, requester });
        const answer = await remediations.start(
          { ...plan, metadata: { ...plan.metadata, requester } },
          {
            ...runId(request.headers['idempotency-key'] ?? requestId),
            ...(request.query.dryRun !== undefined && { dryRun: request.query.dryRun }),
          },
        );
        return reply
          .code(answer.attached ? 200 : 201)
          .header('location', `/api/v1/remediations/${encodeURIComponent(answer.id)}`)
          .send({ ...answer, requester, warnings });
      },
    );
  });
}

/** The id of the run that a key stands for; without a key the next free one is taken. */
export function runId(key: string | undefined): { id?: string } {
  return key === undefined ? {} : { id: `remediation/${key.replace(/^remediation\//, '')}` };
}
