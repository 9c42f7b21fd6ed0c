import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { STOP_TEXT_LIMITS, stopScopeText } from '../../../plan/stop/stop-order';
import { type EngagedSwitch, unknownClusterWarning } from '../../kill-switch';
import type { BridgeContext } from '../bridge-context';
import { problems } from './responses';

const cluster = z
  .string()
  .regex(/^[^/\s]{1,255}$/, 'must be the name of a cluster, without slashes and blanks')
  .optional()
  .describe('Only in this cluster. Default: everywhere.');
const reason = z.string().trim().min(1).max(STOP_TEXT_LIMITS.reason);

const engagedSwitch = z.object({
  id: z.string().describe('Workflow id of the switch.'),
  scope: z.string().describe('`everywhere`, `cluster prod`, `cluster prod (ConfigMap)`.'),
  cluster: z.string().optional().describe('Absent: everywhere.'),
  by: z.string(),
  reason: z.string(),
  since: z.string().describe('ISO 8601.'),
});

/** The kill switch: no new step that changes anything, anywhere or in one cluster; undo still works. */
export function killSwitchRoutes(app: FastifyInstance, { killSwitch, clusters }: BridgeContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const base = '/api/v1/kill-switch';

  routes.get(
    base,
    {
      config: { role: 'read' },
      schema: {
        operationId: 'killSwitchStatus',
        summary: 'Which kill switches are engaged, by whom and why; empty: nothing is stopped',
        tags: ['kill switch'],
        response: { 200: z.object({ engaged: z.array(engagedSwitch) }), ...problems(503) },
      },
    },
    async () => ({ engaged: (await killSwitch.status(clusters)).map(shown) }),
  );

  routes.post(
    `${base}/engage`,
    {
      config: { role: 'operate' },
      schema: {
        operationId: 'engageKillSwitch',
        summary: 'No new step that changes anything, within 5 s; what is under way goes on, undo still works',
        tags: ['kill switch'],
        body: z.strictObject({ cluster, reason: reason.describe('Others are stopped by it, and read this.') }),
        response: {
          200: engagedSwitch.extend({
            already: z.boolean().describe('It was engaged before, and stays as it was.'),
            warning: z.string().optional().describe('The cluster may be misspelt: the settings do not name it.'),
          }),
          ...problems(422, 503),
        },
      },
    },
    async ({ body, identity }) => {
      const engaged = await killSwitch.engage(body.cluster, { by: identity!.name, reason: body.reason });
      const warning = body.cluster === undefined ? undefined : unknownClusterWarning(body.cluster, clusters);
      return { ...shown(engaged), already: engaged.already, ...(warning !== undefined && { warning }) };
    },
  );

  routes.post(
    `${base}/release`,
    {
      config: { role: 'operate' },
      schema: {
        operationId: 'releaseKillSwitch',
        summary: 'Stopped remediations go on',
        tags: ['kill switch'],
        body: z.strictObject({ cluster, reason: reason.optional() }),
        response: {
          200: z.object({
            scope: z.string(),
            pending: z.boolean().describe('No worker has taken it up yet; steps stay stopped until one does.'),
          }),
          ...problems(409, 422, 503),
        },
      },
      // Where everything in it is optional, so is the body.
      preValidation: async (request) => {
        request.body ??= {} as typeof request.body;
      },
    },
    async ({ body, identity }) => {
      const request = { by: identity!.name, ...(body.reason !== undefined && { reason: body.reason }) };
      const { scope, pending } = await killSwitch.release(body.cluster, request);
      return { scope: stopScopeText(scope), pending };
    },
  );
}

function shown({ id, scope, by, reason: why, since }: EngagedSwitch): z.output<typeof engagedSwitch> {
  const of = scope.kind === 'global' ? {} : { cluster: scope.cluster };
  return { id, scope: stopScopeText(scope), ...of, by, reason: why, since };
}
