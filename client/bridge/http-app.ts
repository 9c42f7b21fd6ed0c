import { randomUUID } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { Tracer } from '@opentelemetry/api';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import type { BridgeSettings } from '../../config/sections/bridge';
import type { Authenticator } from './auth/authenticator';
import { guardRequests } from './guard-requests';
import { createLimits } from './limits';
import type { BridgeMetrics } from './metrics';
import { HttpProblem, PROBLEM_TYPE, problemDocument, retryAfter, toProblem } from './problem';
import { traceRequests } from './trace-requests';

export interface HttpAppOptions {
  authenticator: Authenticator;
  rateLimit: BridgeSettings['rateLimit'];
  metrics: BridgeMetrics;
  logger: Logger;
  /** Aborted: nothing new is taken. */
  stopping: AbortSignal;
  /** In bytes. */
  bodyLimit: number;
  /** What comes before anybody is asked who they are. */
  first?: (app: FastifyInstance) => Promise<void> | void;
  /** Default: requests are not traced. */
  tracer?: Tracer;
  /** PEM texts. Default: plain HTTP. */
  https?: { cert: string; key: string; ca?: string; requestCert?: boolean; rejectUnauthorized?: boolean };
}

/** An HTTP server without routes, in which every route names the role that it needs, and every refusal is a problem document. */
export async function createHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const { authenticator, logger, https, metrics, stopping, bodyLimit } = options;
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request' }),
    // Ids of the log are ours; what a client sends as X-Request-Id names its request, not ours.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    bodyLimit,
    // Headers and body must be there by then; a slow sender does not keep a connection.
    requestTimeout: 30_000,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 3_000 },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      void sendProblem(error, request, reply),
    ...(https && { https }),
  } as object);
  // What a browser sends to others without asking them is never read.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler(async (request, reply) => sendProblem(noSuchRoute(request), request, reply));
  await app.register(rateLimit, { global: false });
  await options.first?.(app);

  app.addHook('onRequest', async () => {
    if (stopping.aborted) throw stopped();
  });
  app.addHook('onSend', async (_request, reply) => {
    if (stopping.aborted) reply.header('connection', 'close');
  });
  if (options.tracer !== undefined) traceRequests(app, options.tracer);
  guardRequests(app, {
    authenticator,
    limits: createLimits(app, options.rateLimit),
    metrics,
    bodyLimit,
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const { statusCode: status, elapsedTime } = reply;
    const labels = { method: request.method, route, status: String(status) };
    if (!route.endsWith('/events')) metrics.duration.observe(labels, elapsedTime / 1000);
    request.log.debug({ ...labels, by: request.identity?.name, ms: Math.round(elapsedTime) }, 'answered');
  });
  return app;
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  const about = {
    ...{ method: request.method, route: request.routeOptions?.url, code: problem.code, status: problem.status },
    by: request.identity?.name,
    ...(problem.cause !== undefined && problem.status >= 500 && { cause: problem.cause }),
  };
  if (problem.status === 500) request.log.error(about, problem.message);
  else request.log[problem.status === 503 ? 'warn' : 'info'](about, problem.message);
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type(PROBLEM_TYPE)
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(problemDocument(problem, request.id));
}

function noSuchRoute(request: FastifyRequest): HttpProblem {
  return new HttpProblem(404, 'NO_SUCH_ROUTE', `There is no ${request.method} on this path.`, {
    remedy: 'See /openapi.json. Ids of workflows must be URL-encoded: / is %2F.',
  });
}

function stopped(): HttpProblem {
  return new HttpProblem(503, 'STOPPING', 'This replica of the bridge is being stopped.', {
    remedy: 'Send the request again; another replica takes it.',
    headers: { ...retryAfter(503), connection: 'close' },
  });
}
