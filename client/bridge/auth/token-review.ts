import { createHash } from 'node:crypto';
import type { Cluster } from '../../../activities/cluster/cluster';
import type { BridgeAuth } from '../../../config/sections/bridge';
import type { JsonObject } from '../../../plan/json';
import type { Identity } from '../identity';
import { HttpProblem, retryAfter } from '../problem';
import type { TokenCheck } from './bearer-tokens';
import { personName, rolesOf } from './roles';

/** An answer is believed for so long: a storm of alerts asks the API server twice a minute, not for each of them. */
const FRESH_MS = 30_000;
const MAX_ANSWERS = 1_000;
/** Made-up tokens must not become a flood at the API server. */
const MAX_AT_ONCE = 10;

interface Review {
  authenticated?: boolean;
  audiences?: string[];
  user?: { username?: string; groups?: string[] };
}

/**
 * Tokens of a cluster: its API server says whose they are (TokenReview), for our audience only, so that a token made for the
 * API server itself is not accepted unless the settings name its audience.
 *
 * @returns undefined for a token that the API server does not know
 * @throws HttpProblem 503 when it cannot be asked
 */
export function reviewedTokens(
  cluster: Pick<Cluster, 'create'>,
  settings: NonNullable<BridgeAuth['kubernetes']>,
  now: () => number = Date.now,
): TokenCheck {
  const answers = new Map<string, { identity: Identity | undefined; until: number }>();
  let underWay = 0;
  return async (token) => {
    const key = createHash('sha256').update(token).digest('hex');
    const known = answers.get(key);
    if (known !== undefined && known.until > now()) return known.identity;
    if (underWay >= MAX_AT_ONCE) throw cannotAsk();
    underWay++;
    const identity = await review(cluster, settings, token).finally(() => underWay--);
    if (answers.size >= MAX_ANSWERS) answers.clear();
    answers.set(key, { identity, until: now() + FRESH_MS });
    return identity;
  };
}

async function review(
  cluster: Pick<Cluster, 'create'>,
  { audiences, roles }: NonNullable<BridgeAuth['kubernetes']>,
  token: string,
): Promise<Identity | undefined> {
  const status = await cluster
    .create({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      metadata: {},
      spec: { token, audiences },
    } as unknown as JsonObject)
    .then((answer) => (answer['status'] ?? {}) as Review)
    .catch((error: unknown) => {
      throw cannotAsk(error);
    });
  // A server that knows no audiences says nothing about them: such an answer is for any audience, and none of ours.
  const forUs = status.audiences?.some((audience) => audiences.includes(audience)) === true;
  const name = personName(status.user?.username);
  if (status.authenticated !== true || !forUs || name === undefined) return undefined;
  const groups = status.user?.groups ?? [];
  return { name, via: 'kubernetes', roles: rolesOf([name, ...groups], roles), groups };
}

function cannotAsk(cause?: unknown): HttpProblem {
  return new HttpProblem(503, 'TOKEN_REVIEW_FAILED', 'The cluster cannot be asked whose token this is.', {
    headers: retryAfter(503),
    cause,
  });
}
