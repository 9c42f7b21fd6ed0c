import type {} from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BridgeSettings } from '../../config/sections/bridge';
import { HttpProblem } from './problem';

export interface Limits {
  /** @throws HttpProblem when this identity asks too often */
  count(request: FastifyRequest): Promise<void>;
  /**
   * Counts a failed login of the address. Right credentials are never refused for it: behind an ingress all callers have one
   * address, and whoever guesses must not lock out everybody else.
   *
   * @throws HttpProblem 429 when it failed too often
   */
  failed(request: FastifyRequest): Promise<void>;
}

const MINUTE = 60_000;

/** Needs the plugin `@fastify/rate-limit`. Every replica counts for itself. */
export function createLimits(app: FastifyInstance, settings: BridgeSettings['rateLimit']): Limits {
  const limit = (max: number, keyGenerator: (request: FastifyRequest) => string) =>
    app.createRateLimit({ max, timeWindow: MINUTE, keyGenerator });
  const byName = ({ identity }: FastifyRequest): string => `${identity?.via} ${identity?.name}`;
  const all = limit(settings.perMinute, byName);
  const ingest = limit(settings.ingestPerMinute, byName);
  const failures = limit(settings.failuresPerMinute, (request) => request.ip);
  return {
    async count(request) {
      const { ingest: isIngest = false } = request.routeOptions.config;
      const state = await (isIngest ? ingest : all)(request);
      // Alertmanager drops what it got a 429 for, and sends again what it got a 503 for.
      if (!state.isAllowed && state.isExceeded) throw tooMany(isIngest ? 503 : 429, state.ttlInSeconds);
    },
    async failed(request) {
      const state = await failures(request);
      if (!state.isAllowed && state.isExceeded) throw tooMany(429, state.ttlInSeconds);
    },
  };
}

function tooMany(status: number, seconds: number): HttpProblem {
  return new HttpProblem(status, 'RATE_LIMITED', 'Too many requests within a minute.', {
    remedy: 'Wait as long as Retry-After says. The limits are bridge.rateLimit of the settings.',
    headers: { 'retry-after': String(Math.max(1, seconds)) },
  });
}
