import type * as Jose from 'jose';
import axios from 'axios';
import type { BridgeAuth } from '../../../config/sections/bridge';
import type { Identity } from '../identity';
import { HttpProblem, retryAfter } from '../problem';
import type { TokenCheck } from './bearer-tokens';
import { personName, rolesOf } from './roles';

export type OidcSettings = NonNullable<BridgeAuth['oidc']>;

const TIMEOUT_MS = 5_000;
const CLOCK_TOLERANCE_S = 30;
const MAX_TOKEN = 16 * 1024;

/**
 * JSON Web Tokens of one issuer. Its keys are fetched at the first token, kept, and fetched again when a token names one that
 * is not among them (at most every 30 seconds).
 *
 * @returns undefined for what is no token of this issuer
 * @throws HttpProblem 401 for one that is expired, wrongly signed or for another audience; 503 when the keys cannot be had
 */
export function oidcTokens(settings: OidcSettings): TokenCheck {
  const jose = require('jose') as typeof Jose;
  let keys: Promise<Jose.JWTVerifyGetKey> | undefined;
  const keySet = (): Promise<Jose.JWTVerifyGetKey> => {
    keys ??= jwksUrlOf(settings).then((url) =>
      jose.createRemoteJWKSet(new URL(url), { timeoutDuration: TIMEOUT_MS, cooldownDuration: 30_000 }),
    );
    // Not found now does not mean never.
    keys.catch(() => (keys = undefined));
    return keys;
  };
  return async (token) => {
    if (token.length > MAX_TOKEN || issuerOf(jose, token) !== settings.issuer) return undefined;
    try {
      const { payload } = await jose.jwtVerify(token, await keySet(), {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: settings.algorithms,
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', settings.identityClaim],
      });
      return identityOf(payload, settings);
    } catch (error) {
      throw refusal(jose, error);
    }
  };
}

/** Read without belief, only to know whose token it claims to be. */
function issuerOf(jose: typeof Jose, token: string): string | undefined {
  try {
    return jose.decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

function identityOf(payload: Jose.JWTPayload, settings: OidcSettings): Identity {
  const name = personName(payload[settings.identityClaim]);
  if (name === undefined) {
    throw new HttpProblem(401, 'UNAUTHENTICATED', `The claim ${settings.identityClaim} of the token names nobody.`);
  }
  const groups = textsAt(payload, settings.rolesClaim);
  return { name, via: 'oidc', roles: rolesOf(groups, settings.roles), groups };
}

/** `groups`, `realm_access.roles`: first as a name of its own (it may hold dots, as in `https://example.com/groups`), then as a path. */
function textsAt(payload: Jose.JWTPayload, claim: string): string[] {
  let value: unknown = payload[claim];
  if (value === undefined) {
    value = claim
      .split('.')
      .reduce<unknown>(
        (found, part) =>
          typeof found === 'object' && found !== null && Object.hasOwn(found, part)
            ? (found as Record<string, unknown>)[part]
            : undefined,
        payload,
      );
  }
  return [value].flat().filter((item): item is string => typeof item === 'string');
}

async function jwksUrlOf({ issuer, jwksUrl }: OidcSettings): Promise<string> {
  if (jwksUrl !== undefined) return jwksUrl;
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { data } = await axios.get<{ issuer?: unknown; jwks_uri?: unknown }>(url, {
    timeout: TIMEOUT_MS,
    maxRedirects: 0,
    maxContentLength: 256 * 1024,
  });
  if (data.issuer !== issuer || typeof data.jwks_uri !== 'string') throw new Error('no configuration of this issuer');
  return data.jwks_uri;
}

function refusal(jose: typeof Jose, error: unknown): unknown {
  if (error instanceof HttpProblem) return error;
  const { errors } = jose;
  if (error instanceof errors.JWTExpired) {
    return new HttpProblem(401, 'TOKEN_EXPIRED', 'The token has expired.', { remedy: 'Log in again.' });
  }
  const unreachable =
    error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError) || isFetchFault(error);
  if (unreachable) {
    return new HttpProblem(503, 'ISSUER_UNREACHABLE', 'The keys of the token’s issuer cannot be had.', {
      headers: retryAfter(503),
      cause: error,
    });
  }
  const claim = error instanceof errors.JWTClaimValidationFailed ? `: the claim ${error.claim} does not fit` : '';
  return new HttpProblem(401, 'UNAUTHENTICATED', `The token is not accepted${claim}.`, { cause: error });
}

/** What jose throws for an answer of the key server that is no key set has no class of its own. */
function isFetchFault(error: Jose.errors.JOSEError): boolean {
  return error.code === 'ERR_JOSE_GENERIC' || error.code === 'ERR_JWKS_INVALID';
}
