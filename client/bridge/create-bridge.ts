import type { FastifyInstance } from 'fastify';
import type { BridgeContext } from './bridge-context';
import { createHttpApp, type HttpAppOptions } from './http-app';
import { describeApi } from './openapi';
import { alertRoutes } from './routes/alerts';
import { eventRoutes } from './routes/events';
import { incidentRoutes } from './routes/incidents';
import { killSwitchRoutes } from './routes/kill-switch';
import { mcpRoutes } from './routes/mcp';
import { planRoutes } from './routes/plans';
import { remediationRoutes } from './routes/remediations';
import { slackRoutes } from './routes/slack';
import { steeringRoutes } from './routes/steering';
import { systemRoutes } from './routes/system';

export const BODY_LIMIT = 256 * 1024;

export interface CreateBridgeOptions extends Pick<
  HttpAppOptions,
  'authenticator' | 'rateLimit' | 'logger' | 'tracer' | 'https'
> {
  context: BridgeContext;
}

/** The HTTP server, ready to listen or to be called in memory (`inject`). It keeps nothing that another replica would miss. */
export async function createBridge({ context, ...options }: CreateBridgeOptions): Promise<FastifyInstance> {
  const { metrics, stopping } = context;
  const app = await createHttpApp({ ...options, metrics, stopping, bodyLimit: BODY_LIMIT, first: describeApi });
  systemRoutes(app, context);
  alertRoutes(app, context);
  incidentRoutes(app, context);
  planRoutes(app, context);
  remediationRoutes(app, context);
  eventRoutes(app, context);
  steeringRoutes(app, context);
  slackRoutes(app, context);
  killSwitchRoutes(app, context);
  mcpRoutes(app, context);
  await app.ready();
  return app;
}
