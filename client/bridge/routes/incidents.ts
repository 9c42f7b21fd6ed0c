import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  IncidentOutcome,
  IncidentPhase,
  IncidentSignal,
  ownerOfAlert,
  ownerOfIncidentId,
} from '../../../plan/incident';
import type { Json } from '../../../plan/json';
import { parseAlert } from '../alertmanager';
import type { BridgeContext } from '../bridge-context';
import { HttpProblem } from '../problem';
import { ownerOf, targetSchema } from '../target';
import { acceptedIncident, idParams, problems } from './responses';

const owner = z.object({
  cluster: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
});
const info = z.object({
  id: z.string(),
  runId: z.string(),
  status: z.string(),
  state: z.string().optional(),
  outcome: z.string().optional(),
  alert: z.string().optional(),
  owner: owner.optional(),
  startedAt: z.string(),
  endedAt: z.string().optional(),
});

const filter = z.strictObject({
  state: z.enum(IncidentPhase).optional(),
  outcome: z.enum(IncidentOutcome).optional(),
  cluster: z.string().max(255).optional(),
  namespace: z.string().max(255).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

const investigation = z
  .strictObject({
    question: z.string().trim().min(1).max(4000).optional().describe('What to look into, in your own words.'),
    alert: z.unknown().optional().describe('One item of an Alertmanager webhook; names the object by its labels.'),
    target: targetSchema.optional(),
  })
  .refine(({ question, alert }) => question !== undefined || alert !== undefined, 'needs a question or an alert')
  .refine(({ alert, target }) => alert === undefined || target === undefined, 'an alert names its target itself');

const recommendations = z
  .strictObject({
    incident: z
      .string()
      .max(1000)
      .refine((id) => ownerOfIncidentId(id) !== undefined, 'must be incident/<cluster>/<namespace>/<kind>/<name>')
      .optional()
      .describe('Workflow id of an incident.'),
    target: targetSchema.optional(),
    answer: z
      .looseObject({
        analysis: z
          .string()
          .max(64 * 1024)
          .optional(),
        recommendations: z.array(z.record(z.string(), z.unknown())).max(50),
      })
      .describe('In the form of HolmesGPT’s answer: analysis, root_cause, confidence, recommendations.'),
  })
  .refine(({ incident, target }) => (incident === undefined) !== (target === undefined), 'either incident or target');

/** What starts or feeds an incident besides alerts, and what can be read of incidents. */
export function incidentRoutes(app: FastifyInstance, context: BridgeContext): void {
  const { incidents, defaultCluster } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/api/v1/investigations',
    {
      config: { role: 'operate' },
      schema: {
        operationId: 'investigate',
        summary: 'Have something investigated: from an alert, or in your own words',
        tags: ['incidents'],
        body: investigation,
        response: { 202: acceptedIncident, ...problems(422, 503) },
      },
    },
    async (request, reply) => {
      const { question, alert: given, target } = request.body;
      const received = new Date().toISOString();
      const alert = given === undefined ? undefined : parseAlert(given, received);
      if (alert !== undefined && 'problem' in alert) {
        const errors = alert.problem.split('; ').map((message) => ({ path: 'body.alert', message }));
        throw new HttpProblem(422, 'REQUEST_INVALID', 'The alert is not valid.', { errors });
      }
      const about = alert === undefined ? ownerOf(target, defaultCluster) : ownerOfAlert(alert.labels, defaultCluster);
      let incident = '';
      if (alert !== undefined) incident = await incidents.tell(about, { signal: IncidentSignal.alert, payload: alert });
      if (question !== undefined) {
        const payload = { by: request.identity!.name, question, received };
        incident = await incidents.tell(about, { signal: IncidentSignal.investigate, payload });
      }
      return reply.code(202).send({ incident });
    },
  );

  routes.post(
    '/api/v1/recommendations',
    {
      config: { role: 'ingest', ingest: true },
      schema: {
        operationId: 'pushRecommendations',
        summary: 'Recommend something to an incident, as HolmesGPT or another tool',
        description:
          'Recommendations are untrusted: the incident reads them with the bounds of any answer of HolmesGPT, and a person ' +
          'approves what comes of them. The source is the authenticated sender.',
        tags: ['incidents'],
        body: recommendations,
        response: { 202: acceptedIncident, ...problems(422, 503) },
      },
    },
    async (request, reply) => {
      const { incident: id, target, answer } = request.body;
      const about = id === undefined ? ownerOf(target, defaultCluster) : ownerOfIncidentId(id)!;
      const incident = await incidents.tell(about, {
        signal: IncidentSignal.recommendations,
        payload: { source: request.identity!.name, answer: answer as Json, received: new Date().toISOString() },
      });
      return reply.code(202).send({ incident });
    },
  );

  routes.get(
    '/api/v1/incidents',
    {
      config: { role: 'read' },
      schema: {
        operationId: 'listIncidents',
        summary: 'Incidents: running ones first, then the newest',
        tags: ['incidents'],
        querystring: filter,
        response: { 200: z.object({ incidents: z.array(info) }), ...problems(422, 503) },
      },
    },
    async ({ query }) => ({ incidents: await incidents.list(query) }),
  );

  routes.get(
    '/api/v1/incidents/:id',
    {
      config: { role: 'read' },
      schema: {
        operationId: 'getIncident',
        summary: 'One incident: alerts, attempts, what was concluded and why',
        tags: ['incidents'],
        params: idParams,
        response: {
          200: info.extend({ details: z.unknown().optional().describe('Answer of the query `status`.') }),
          ...problems(404, 409, 503),
        },
      },
    },
    async ({ params: { id } }) => ({ ...(await incidents.get(id)), details: await incidents.status(id) }),
  );
}
