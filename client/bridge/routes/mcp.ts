import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createMcpServer } from '../../mcp/create-mcp-server';
import type { BridgeContext } from '../bridge-context';
import type { Identity } from '../identity';
import { HttpProblem } from '../problem';

/**
 * The Model Context Protocol over streamable HTTP, without sessions: any replica answers any request, each under the identity
 * and the roles of its sender. Tools that need a role which that one lacks are not shown to it.
 */
export function mcpRoutes(app: FastifyInstance, context: BridgeContext): void {
  app.post('/mcp', { config: { role: 'any' }, schema: { hide: true } }, async (request, reply) => {
    const caller = callerOf(request.identity!);
    if (Array.isArray(request.body)) {
      throw new HttpProblem(422, 'REQUEST_INVALID', 'Batches of calls are not taken here.', {
        remedy: 'Send one message a request, as MCP has it since 2025-06-18.',
      });
    }
    const server = createMcpServer({
      ...{ context, caller },
      onCall: ({ tool, result, ms, cause }) => {
        context.metrics.toolCalls.inc({ tool, result });
        const about = { tool, result, ms, by: caller.name, ...(cause !== undefined && { cause }) };
        request.log[cause === undefined ? 'info' : 'error'](about, 'tool called');
      },
    });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      enableJsonResponse: true,
    });
    // The request itself is closed as soon as its body has been read; the answer, when its receiver has gone.
    reply.raw.once('close', () => void transport.close());
    try {
      await server.connect(transport);
      const answer = await transport.handleRequest(asWebRequest(request), { parsedBody: request.body });
      return await reply
        .code(answer.status)
        .headers(Object.fromEntries(answer.headers))
        .send(Buffer.from(await answer.arrayBuffer()));
    } finally {
      await server.close();
    }
  });

  // Clients ask for a stream of messages from the server, and end sessions; there are neither.
  app.route({
    method: ['GET', 'DELETE'],
    url: '/mcp',
    config: { role: 'any' },
    schema: { hide: true },
    handler: async () => {
      throw new HttpProblem(405, 'METHOD_NOT_ALLOWED', 'MCP is spoken here without sessions: only POST.', {
        headers: { allow: 'POST' },
      });
    },
  });
}

function callerOf({ name, roles }: Identity): Pick<Identity, 'name' | 'roles'> {
  if (roles.has('read') || roles.has('propose')) return { name, roles };
  throw new HttpProblem(403, 'FORBIDDEN', `The tools need the role read or propose; ${name} has neither.`, {
    remedy: 'Roles are given in bridge.auth of the settings.',
  });
}

/** Only what the transport looks at; the body has been parsed under the limits of all bodies. */
function asWebRequest({ headers }: FastifyRequest): Request {
  const kept = Object.entries(headers).filter((each): each is [string, string] => typeof each[1] === 'string');
  const seen = kept.filter(([name]) => /^(accept|content-type|mcp-[a-z-]+|last-event-id)$/.test(name));
  return new Request('http://bridge/mcp', { method: 'POST', headers: seen });
}
