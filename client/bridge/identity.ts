import type { BridgeRole } from '../../config/sections/bridge';

/** Who sent a request, as authenticated; never taken from a body. */
export interface Identity {
  /** Goes into history as `by`, into logs and into limits. */
  name: string;
  /** How it was proven. */
  via: 'none' | 'token' | 'signature' | 'oidc' | 'kubernetes' | 'certificate' | 'slack';
  roles: ReadonlySet<BridgeRole>;
  /** That whoever proved the name vouches for; they go into signed decisions. */
  groups?: readonly string[];
  /** Of a signed request: the same for an exact repetition, on every replica. */
  requestId?: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every route that needs a role, before its handler runs. */
    identity: Identity | undefined;
  }
  interface FastifyContextConfig {
    /** What the caller must be allowed to do; `any`: whoever is authenticated. Absent: open to everybody. */
    role?: BridgeRole | 'any';
    /** Refused for too many requests with 503: Alertmanager tries a 503 again, and drops what it got a 429 for. */
    ingest?: boolean;
    /** Only requests that Slack has signed are let in. */
    fromSlack?: boolean;
  }
}
