import { z } from 'zod';
import type { JsonObject } from '../../../../plan/json';

const port = z
  .union([z.int().min(1).max(65_535), z.string().regex(/^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/)])
  .describe('Number, or name of a port of the container.');
const seconds = (least: number, most: number) => z.int().min(least).max(most).optional();

const probe = z
  .strictObject({
    httpGet: z
      .strictObject({
        path: z.string().regex(/^\//, 'must begin with /').max(1024),
        port,
        scheme: z.enum(['HTTP', 'HTTPS']).optional().describe('Default HTTP.'),
      })
      .optional()
      .describe('Healthy: a status from 200 to 399.'),
    tcpSocket: z.strictObject({ port }).optional().describe('Healthy: the port accepts a connection.'),
    grpc: z
      .strictObject({ port: z.int().min(1).max(65_535), service: z.string().max(256).optional() })
      .optional()
      .describe('Healthy: the gRPC health service says SERVING.'),
    initialDelaySeconds: seconds(0, 3600).describe('Before the first one.'),
    periodSeconds: seconds(1, 3600).describe('From one to the next.'),
    timeoutSeconds: seconds(1, 300).describe('No answer by then is a failure.'),
    successThreshold: seconds(1, 100).describe(
      'So many successes in a row make it healthy; 1 for liveness and startup.',
    ),
    failureThreshold: seconds(1, 1000).describe('So many failures in a row make it unhealthy.'),
  })
  .refine((each) => handlersIn(each).length <= 1, { error: 'give only one of httpGet, tcpSocket, grpc' })
  .refine((each) => Object.keys(each).length > 0, { error: 'says nothing' });
export type ProbeParams = z.output<typeof probe>;

/** A probe to set or change; null takes it away. */
export const probeParam = z.union([probe, z.null()]).optional();

const HANDLERS = ['httpGet', 'tcpSocket', 'grpc', 'exec'] as const;

function handlersIn(probe: object): string[] {
  return HANDLERS.filter((each) => (probe as Record<string, unknown>)[each] !== undefined);
}

/**
 * The present probe with what is asked for: fields that are not named stay, a handler of another kind replaces the present
 * one. A text says why it cannot be.
 */
export function mergeProbe(present: JsonObject | undefined, wanted: ProbeParams): JsonObject | string {
  const [handler] = handlersIn(wanted);
  if (handler === undefined && present === undefined) return 'there is none yet: give httpGet, tcpSocket or grpc';
  const kept = { ...present };
  if (handler !== undefined) for (const each of HANDLERS) if (each !== handler) delete kept[each];
  const merged: JsonObject = { ...kept };
  for (const [key, value] of Object.entries(wanted)) {
    const old = kept[key];
    const nested = typeof value === 'object' && typeof old === 'object' && old !== null;
    merged[key] = nested ? { ...(old as JsonObject), ...(value as JsonObject) } : value;
  }
  return merged;
}
