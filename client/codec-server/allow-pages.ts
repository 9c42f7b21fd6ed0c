import type { FastifyInstance } from 'fastify';

/** How long a browser may remember that it may ask, in seconds. */
const REMEMBERED_S = 600;

/**
 * Lets pages of these origins read our answers (CORS), refusals included: a Web UI must be able to show why. A preflight carries no
 * credentials by design, so it is answered before anybody is asked for them. Any other origin gets none of these headers.
 */
export function allowPages(app: FastifyInstance, origins: readonly string[]): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !origins.includes(origin)) return;
    reply.header('access-control-allow-origin', origin).header('access-control-allow-credentials', 'true');
    if (request.method !== 'OPTIONS') return;
    return reply
      .header('access-control-allow-methods', 'POST')
      .header('access-control-allow-headers', 'Authorization, Content-Type, X-Namespace')
      .header('access-control-max-age', String(REMEMBERED_S))
      .code(204)
      .send();
  });
}
