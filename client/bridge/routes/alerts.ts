import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Alert, incidentOf, IncidentSignal, ownerOfAlert } from '../../../plan/incident';
import { type AlertResult, parseAlertmanagerWebhook } from '../alertmanager';
import type { BridgeContext } from '../bridge-context';
import { HttpProblem, retryAfter, toProblem } from '../problem';
import { forEachOf } from '../for-each-of';
import { problems } from './responses';

/** Incidents that are written to at once, of one message. */
const AT_ONCE = 25;

const result = z.object({
  index: z.number().describe('Place in `alerts` of the message.'),
  status: z
    .enum(['accepted', 'invalid', 'not_accepted'])
    .describe('`not_accepted`: Temporal does not have it; send the message again.'),
  alert: z.string().optional(),
  fingerprint: z.string().optional(),
  incident: z.string().optional().describe('Workflow id.'),
  problem: z.string().optional(),
});
export type AlertOutcome = z.output<typeof result>;

const answer = z.object({
  accepted: z.number(),
  invalid: z.number(),
  notAccepted: z.number(),
  results: z.array(result).describe('One for each alert of the message, in its order.'),
});

/** As Alertmanager sends it; single alerts are checked one by one, so that a bad one does not turn away its neighbours. */
const webhook = z
  .looseObject({
    version: z.literal('4'),
    alerts: z.array(z.unknown()).max(10_000).describe('Each with status, labels, annotations, startsAt, fingerprint.'),
    truncatedAlerts: z.number().optional(),
  })
  .describe('Webhook of Alertmanager, version 4.');

export function alertRoutes(app: FastifyInstance, context: BridgeContext): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/api/v1/alerts',
    {
      config: { role: 'ingest', ingest: true },
      schema: {
        operationId: 'ingestAlerts',
        summary: 'Take in a webhook of Alertmanager',
        description:
          'Each alert goes to the incident of the object it is about. 202: every valid alert is durable. 503: at least one is ' +
          'not; sent again, those that are there already fold into their incident. 422: not one alert is valid.',
        tags: ['alerts'],
        body: webhook,
        response: { 202: answer, ...problems(422, 503) },
      },
    },
    async (request, reply) => {
      const { metrics } = context;
      const parsed = parseAlertmanagerWebhook(request.body);
      if (request.body.truncatedAlerts) metrics.truncated.inc(request.body.truncatedAlerts);
      const { outcomes, failure } = await ingest(parsed, context);
      for (const { status } of outcomes) metrics.alerts.inc({ result: status });
      const summary = summaryOf(outcomes);
      request.log.info({ ...summary, results: undefined }, 'alerts taken in');
      if (failure !== undefined) throw notDurable(failure, summary);
      if (outcomes.length > 0 && summary.accepted === 0) throw noneValid(summary);
      return reply.code(202).send(summary);
    },
  );
}

/** Alerts of one incident in their order, incidents side by side. */
async function ingest(
  parsed: readonly AlertResult[],
  { incidents, defaultCluster }: BridgeContext,
): Promise<{ outcomes: AlertOutcome[]; failure?: unknown }> {
  const outcomes: AlertOutcome[] = [];
  const byIncident = new Map<string, { index: number; alert: Alert }[]>();
  parsed.forEach((item, index) => {
    if (!item.ok) {
      outcomes[index] = { index, status: 'invalid', problem: item.problem };
      return;
    }
    const { alert } = item;
    const { workflowId } = incidentOf(ownerOfAlert(alert.labels, defaultCluster));
    const { name, fingerprint } = alert;
    outcomes[index] = { index, status: 'not_accepted', alert: name, fingerprint, incident: workflowId };
    byIncident.set(workflowId, [...(byIncident.get(workflowId) ?? []), { index, alert }]);
  });
  let failure: unknown;
  await forEachOf([...byIncident.values()], AT_ONCE, async (alerts) => {
    for (const { index, alert } of alerts) {
      // The others would wait for the same silence one after the other.
      if (failure !== undefined && toProblem(failure).status === 503) return;
      try {
        const owner = ownerOfAlert(alert.labels, defaultCluster);
        await incidents.tell(owner, { signal: IncidentSignal.alert, payload: alert });
        outcomes[index]!.status = 'accepted';
      } catch (error) {
        failure ??= error;
        outcomes[index]!.problem = toProblem(error).message;
      }
    }
  });
  return { outcomes, failure };
}

function summaryOf(results: AlertOutcome[]): z.output<typeof answer> {
  const count = (status: AlertOutcome['status']): number => results.filter((each) => each.status === status).length;
  return {
    accepted: count('accepted'),
    invalid: count('invalid'),
    notAccepted: count('not_accepted'),
    results,
  };
}

/** Always 503, whatever the reason: Alertmanager takes every 4xx as final, and the alert would be lost. */
function notDurable(cause: unknown, summary: z.output<typeof answer>): HttpProblem {
  const { code } = toProblem(cause);
  return new HttpProblem(503, code, `${summary.notAccepted} of ${summary.results.length} alerts are not durable.`, {
    remedy: 'Send the same message again; what is durable already folds into its incident.',
    headers: retryAfter(503),
    more: { ...summary },
    cause,
  });
}

function noneValid(summary: z.output<typeof answer>): HttpProblem {
  return new HttpProblem(422, 'ALERTS_INVALID', 'Not one of the alerts is valid.', {
    remedy: 'Each needs status, startsAt and labels with an alertname.',
    errors: summary.results.map(({ index, problem = '' }) => ({ path: `body.alerts[${index}]`, message: problem })),
    more: { ...summary },
  });
}
