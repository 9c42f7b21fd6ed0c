import type { PayloadCodec } from '@temporalio/common';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createHttpApp, type HttpAppOptions } from '../bridge/http-app';
import { allowPages } from './allow-pages';
import { fromWire, toWire, wirePayloads } from './wire-payloads';

/** A payload has 2 MB at most, a third more in base64, and a page of a history some of them. */
export const CODEC_BODY_LIMIT = 16 * 1024 * 1024;

export interface CreateCodecServerOptions extends Omit<HttpAppOptions, 'bodyLimit' | 'first' | 'tracer'> {
  codec: PayloadCodec;
  /** Of the Web UI. */
  origins: readonly string[];
}

/**
 * Temporal's remote codec: `POST /decode` for the role `read`, `POST /encode` for `operate`. All payloads of a request or none: what
 * cannot be decrypted is a problem that names the key, never an answer with holes. Whoever decodes is in the log; what, is not.
 *
 * Source: https://docs.temporal.io/codec-server
 */
export async function createCodecServer(options: CreateCodecServerOptions): Promise<FastifyInstance> {
  const { codec, origins, ...rest } = options;
  const app = await createHttpApp({ ...rest, bodyLimit: CODEC_BODY_LIMIT, first: (made) => allowPages(made, origins) });
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const schema = { body: wirePayloads, response: { 200: wirePayloads } };
  routes.get('/healthz', { schema: { response: { 200: z.object({ alive: z.literal(true) }) } } }, async () => ({
    alive: true as const,
  }));
  routes.post('/decode', { config: { role: 'read' }, schema }, async (request) => {
    const decoded = await codec.decode(fromWire(request.body));
    request.log.info({ by: request.identity!.name, payloads: decoded.length }, 'decoded');
    return toWire(decoded);
  });
  routes.post('/encode', { config: { role: 'operate' }, schema }, async (request) => {
    const encoded = await codec.encode(fromWire(request.body));
    request.log.info({ by: request.identity!.name, payloads: encoded.length }, 'encoded');
    return toWire(encoded);
  });
  await app.ready();
  return app;
}
