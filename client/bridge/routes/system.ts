import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { BridgeContext } from '../bridge-context';
import { readinessSchema } from '../readiness';
import { problems } from './responses';

/** Health, open to everybody; metrics and the OpenAPI document, not. */
export function systemRoutes(app: FastifyInstance, context: BridgeContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    '/healthz',
    {
      schema: {
        operationId: 'health',
        summary: 'The process is alive',
        tags: ['system'],
        security: [],
        response: { 200: z.object({ alive: z.literal(true) }) },
      },
    },
    async () => ({ alive: true as const }),
  );
  routes.get(
    '/readyz',
    {
      schema: {
        operationId: 'ready',
        summary: 'Temporal is there, so that something can be taken in',
        tags: ['system'],
        security: [],
        response: { 200: readinessSchema, 503: readinessSchema },
      },
    },
    async (_request, reply) => {
      const stopping = context.stopping.aborted
        ? { ready: false, components: [{ component: 'bridge', ready: false, reason: 'it is being stopped' }] }
        : undefined;
      const state = stopping ?? (await context.readiness());
      return reply.code(state.ready ? 200 : 503).send(state);
    },
  );
  routes.get(
    '/metrics',
    {
      config: { role: 'read' },
      schema: {
        operationId: 'metrics',
        summary: 'Metrics in the text format of Prometheus',
        tags: ['system'],
        response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } }, ...problems() },
      },
    },
    async (_request, reply) => {
      const { registry } = context.metrics;
      return reply.type(registry.contentType).send(await registry.metrics());
    },
  );
  app.get('/openapi.json', { config: { role: 'any' }, schema: { hide: true } }, async () => app.swagger());
}
