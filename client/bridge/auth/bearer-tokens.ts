import type { BridgeAuth } from '../../../config/sections/bridge';
import type { Identity } from '../identity';
import { cannotTell, equalSecrets, MIN_SECRET_LENGTH, type SecretReader } from './secret-reader';

/** Tells who sends a token of the settings; undefined for a token that is none of them. */
export type TokenCheck = (token: string) => Promise<Identity | undefined>;

/**
 * Every token is compared, whether or not an earlier one fits: the time tells nothing.
 *
 * @param onUnreadable called with the name of a token whose secret cannot be read or is too short
 */
export function bearerTokens(
  tokens: BridgeAuth['tokens'],
  secrets: SecretReader,
  onUnreadable: (name: string) => void,
): TokenCheck {
  return async (given) => {
    let found: Identity | undefined;
    let unreadable = false;
    for (const { name, roles, groups, token } of tokens) {
      const wanted = await secrets.get(token).catch(() => undefined);
      if (wanted === undefined || wanted.length < MIN_SECRET_LENGTH) {
        onUnreadable(name);
        unreadable = true;
      } else if (equalSecrets(given, wanted)) {
        found ??= { name, via: 'token', roles: new Set(roles), groups };
      }
    }
    if (found === undefined && unreadable) throw cannotTell();
    return found;
  };
}
