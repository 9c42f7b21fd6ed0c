import type { Secrets } from '../../activities/secrets';
import type { SecretRef } from '../../config/secret-ref';
import { type BridgeSettings, isLoopback } from '../../config/sections/bridge';
import { KubernautError } from '../../plan/errors';
import { signingKeyOf } from '../sign-decision';
import { MIN_SECRET_LENGTH } from './auth/secret-reader';

const HOW = 'See `kubernaut bridge --help` and docs/bridge.md.';

/**
 * Refuses what would let everybody in, or nobody: no `auth`, `auth: none` where others can reach it, and secrets that are
 * missing or short. All problems at once.
 *
 * @throws KubernautError SETTINGS_INVALID
 */
export async function checkAuth(settings: BridgeSettings, secrets: Secrets): Promise<void> {
  const { auth, host, signing, slack } = settings;
  if (auth === undefined) {
    throw new KubernautError('SETTINGS_INVALID', 'bridge.auth does not say who may use the bridge; it does not start', {
      remedy: `Name tokens, or, only for trying it out on this machine, set bridge.auth to none. ${HOW}`,
    });
  }
  if (auth === 'none') {
    if (isLoopback(host)) return;
    throw new KubernautError(
      'SETTINGS_INVALID',
      `bridge.auth is none, and others can reach ${host}; it does not start`,
      {
        remedy: `Listen on 127.0.0.1, or say who may use the bridge. ${HOW}`,
      },
    );
  }
  const named: [string, SecretRef][] = [
    ...auth.tokens.map(({ token }, index): [string, SecretRef] => [`auth.tokens[${index}].token`, token]),
    ...auth.signatures.map(({ secret }, index): [string, SecretRef] => [`auth.signatures[${index}].secret`, secret]),
  ];
  if (slack) named.push(['slack.signingSecret', slack.signingSecret]);
  const read = await Promise.all(named.map(async ([path, ref]) => ({ path, ...(await tryRead(ref, secrets)) })));
  const problems = [
    ...read.flatMap(({ path, problem }) => (problem === undefined ? [] : [`bridge.${path}: ${problem}`])),
    ...sameTwice(read),
    ...(signing ? await unusableKey(signing.key, secrets) : []),
  ];
  if (problems.length === 0) return;
  throw new KubernautError('SETTINGS_INVALID', ['the bridge cannot tell who is who:', ...problems].join('\n  '));
}

async function tryRead(ref: SecretRef, secrets: Secrets): Promise<{ value?: string; problem?: string }> {
  try {
    const value = await secrets.read(ref);
    return value.length < MIN_SECRET_LENGTH
      ? { problem: `is shorter than ${MIN_SECRET_LENGTH} characters` }
      : { value };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'cannot be read' };
  }
}

/** Found out at the start, not with the first approval. */
async function unusableKey(ref: SecretRef, secrets: Secrets): Promise<string[]> {
  const { problem } = await tryRead(ref, secrets);
  if (problem !== undefined) return [`bridge.signing.key: ${problem}`];
  try {
    signingKeyOf(await secrets.read(ref));
    return [];
  } catch {
    // Never the text of the error: it may quote the key.
    return ['bridge.signing.key: is no unencrypted private key (PEM or JWK) of Ed25519, EC P-256 or P-384, or RSA'];
  }
}

/** One token for two names would make one of them the other. */
function sameTwice(read: readonly { path: string; value?: string }[]): string[] {
  const tokens = read.filter(({ path }) => path.startsWith('auth.tokens'));
  return tokens.flatMap(({ path, value }, index) => {
    const first = tokens.findIndex((other) => other.value !== undefined && other.value === value);
    return value !== undefined && first < index
      ? [`bridge.${path}: is the same as ${tokens[first]!.path.replace('auth.', '')}`]
      : [];
  });
}
