import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Outcome } from '../../../plan/outcome';
import { RunPhase } from '../../../plan/steering';
import type { BridgeContext } from '../bridge-context';
import { idParams, problems } from './responses';

const info = z.object({
  id: z.string(),
  runId: z.string(),
  status: z.string().describe('Of the workflow: running, completed, failed, cancelled, terminated, timed_out.'),
  state: z.string().optional(),
  outcome: z.string().optional(),
  cluster: z.string().optional(),
  namespace: z.string().optional(),
  target: z.string().optional(),
  actions: z.array(z.string()),
  risk: z.string().optional(),
  dryRun: z.boolean(),
  waitsForApproval: z.boolean(),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  deadline: z.string().optional(),
});

const filter = z.strictObject({
  state: z.enum(RunPhase).optional(),
  outcome: z.enum(Outcome).optional(),
  cluster: z.string().max(255).optional(),
  namespace: z.string().max(255).optional().describe('Of the first target.'),
  target: z.string().max(255).optional().describe('`Deployment/shop/web`'),
  action: z.string().max(255).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

/** What can be read of remediations at one moment. */
export function remediationRoutes(app: FastifyInstance, { remediations }: BridgeContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/api/v1/remediations',
    {
      config: { role: 'read' },
      schema: {
        operationId: 'listRemediations',
        summary: 'Remediations: running ones first, then the newest',
        tags: ['remediations'],
        querystring: filter,
        response: { 200: z.object({ remediations: z.array(info) }), ...problems(422, 503) },
      },
    },
    async ({ query }) => ({ remediations: await remediations.list(query) }),
  );

  routes.get(
    '/api/v1/remediations/:id',
    {
      config: { role: 'read' },
      schema: {
        operationId: 'getRemediation',
        summary: 'One remediation: phase, steps, what waits for approval (with its digest), outcome',
        tags: ['remediations'],
        params: idParams,
        response: {
          200: info.extend({ details: z.unknown().describe('Answer of the query `status`.') }),
          ...problems(404, 409, 503),
        },
      },
    },
    async ({ params: { id } }) => ({ ...(await remediations.get(id)), details: await remediations.status(id) }),
  );
}
