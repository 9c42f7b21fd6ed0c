import type { Logger } from 'pino';
import { connectCluster, type ConnectedCluster } from '../../../activities/cluster/connect';
import type { BridgeSettings } from '../../../config/sections/bridge';
import type { Settings } from '../../../config/settings';
import { KubernautError } from '../../../plan/errors';
import { Authenticator, type AuthenticatorOptions } from './authenticator';
import { bearerTokens, type TokenCheck } from './bearer-tokens';
import { oidcTokens } from './oidc';
import type { SecretReader } from './secret-reader';
import { reviewedTokens } from './token-review';

/** How long a cluster may take to say whose a token is. */
const REVIEW_TIMEOUT_MS = 5_000;

/**
 * The cluster that is asked whose tokens are, when the settings name one; whoever opens it closes it.
 *
 * @throws {KubernautError} `SETTINGS_INVALID` when there is none of that name
 */
export function reviewingCluster({ bridge, clusters }: Settings): ConnectedCluster | undefined {
  if (typeof bridge.auth !== 'object' || bridge.auth.kubernetes === undefined) return undefined;
  const { cluster: name } = bridge.auth.kubernetes;
  const cluster = clusters.find((each) => each.name === name);
  if (cluster !== undefined) return connectCluster({ ...cluster, timeoutMs: REVIEW_TIMEOUT_MS });
  throw new KubernautError('SETTINGS_INVALID', `bridge.auth.kubernetes.cluster: there is no cluster ${name}`);
}

export interface OpenAuthenticatorOptions extends Pick<AuthenticatorOptions, 'pages'> {
  reader: SecretReader;
  cluster: ConnectedCluster | undefined;
  logger: Logger;
}

/** Who may do what, as `bridge.auth` says. */
export function openAuthenticator(
  { auth = 'none', slack }: BridgeSettings,
  { reader, cluster, logger, pages }: OpenAuthenticatorOptions,
): Authenticator {
  const tokenChecks: TokenCheck[] = [];
  if (auth !== 'none') {
    const onUnreadable = (name: string): void => logger.error({ name }, 'the secret of a token cannot be read');
    tokenChecks.push(bearerTokens(auth.tokens, reader, onUnreadable));
    if (auth.oidc !== undefined) tokenChecks.push(oidcTokens(auth.oidc));
    if (auth.kubernetes !== undefined && cluster !== undefined) {
      tokenChecks.push(reviewedTokens(cluster, auth.kubernetes));
    }
  }
  return new Authenticator({ auth, tokenChecks, secrets: reader, ...(pages && { pages }), ...(slack && { slack }) });
}

/** For the log: no secret. */
export function authNames({ auth }: BridgeSettings): string[] {
  if (typeof auth !== 'object') return ['none'];
  const named = [...auth.tokens, ...auth.signatures, ...auth.certificates].map(({ name }) => name);
  return [...named, ...(auth.oidc ? ['oidc'] : []), ...(auth.kubernetes ? ['kubernetes'] : [])];
}
