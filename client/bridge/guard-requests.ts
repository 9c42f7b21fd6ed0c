import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticator } from './auth/authenticator';
import type { Limits } from './limits';
import type { BridgeMetrics } from './metrics';
import { HttpProblem, toProblem } from './problem';

export interface GuardOptions {
  authenticator: Authenticator;
  limits: Limits;
  metrics: BridgeMetrics;
  bodyLimit: number;
}

/**
 * Who sends a request, whether that one may do it, and how often: decided for every route that names a role, before its body
 * is parsed. A route without a role in its config does not exist: registering one throws.
 */
export function guardRequests(app: FastifyInstance, options: GuardOptions): void {
  const { authenticator, limits, metrics, bodyLimit } = options;
  app.decorateRequest('identity', undefined);

  app.addHook('onRoute', ({ url, config }) => {
    const isOpen = url === '/healthz' || url === '/readyz';
    if (!isOpen && config?.role === undefined) throw new Error(`${url} names no role: nothing but health is open`);
  });

  app.addHook('onRequest', async (request) => {
    if (isOpen(request) || authenticator.isSigned(request)) return;
    await admit(request, () => authenticator.identify(request));
  });

  app.addHook('preParsing', async (request, _reply, payload) => {
    if (isOpen(request) || !authenticator.isSigned(request)) return payload;
    const body = await readAll(payload, bodyLimit);
    await admit(request, () => authenticator.identifySigned(request, body));
    return Object.assign(Readable.from(body.length === 0 ? [] : [body]), { receivedEncodedLength: body.length });
  });

  app.addHook('onResponse', async (request, reply) => {
    const { via } = request.identity ?? {};
    if ((via === 'signature' || via === 'slack') && reply.statusCode >= 500) authenticator.forgive(request);
  });

  async function admit(request: FastifyRequest, identify: () => Promise<NonNullable<FastifyRequest['identity']>>) {
    try {
      request.identity = await identify();
      assertRole(request);
      await limits.count(request);
    } catch (error) {
      const problem = toProblem(error);
      metrics.refused.inc({ code: problem.code });
      if (problem.status === 401) await limits.failed(request);
      throw error;
    }
  }
}

/** Unknown paths are answered only to those who are known: nobody else learns which there are. */
function isOpen(request: FastifyRequest): boolean {
  return !request.is404 && request.routeOptions.config.role === undefined;
}

function assertRole(request: FastifyRequest): void {
  const { role } = request.routeOptions.config;
  if (request.is404 || role === undefined || role === 'any') return;
  const { name, roles } = request.identity!;
  if (roles.has(role)) return;
  const has = roles.size === 0 ? 'no role at all' : `only ${[...roles].join(', ')}`;
  throw new HttpProblem(403, 'FORBIDDEN', `This needs the role ${role}; ${name} has ${has}.`, {
    remedy: 'Roles are given in bridge.auth of the settings.',
  });
}

async function readAll(stream: AsyncIterable<unknown>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > limit) throw tooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

export function tooLarge(): HttpProblem {
  return new HttpProblem(413, 'TOO_LARGE', 'The body is larger than is read here.', { remedy: 'Send less at a time.' });
}
