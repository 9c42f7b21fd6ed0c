import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { KubernautError } from '../../../../plan/errors';
import { refusedAddress } from './address-policy';

export interface ResolvedAddress {
  address: string;
  family: number;
}

/** All addresses of a name. Default: what the operating system says, so `/etc/hosts` and a pod's search domains count. */
export type Resolve = (host: string) => Promise<ResolvedAddress[]>;
export const systemResolve: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/**
 * Resolves the URL's host once and judges **every** address it has: a name with one public and one private address is
 * refused, since which of them is taken would be luck. The one returned is the one to connect to; asking again later could
 * give another answer (DNS rebinding). Decimal, octal and hexadecimal forms are plain addresses here: `URL` has settled them.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` for an address that may not be called, or a name that does not exist ·
 * `UNAVAILABLE` when the resolver gives no answer
 */
export async function checkedAddress(
  url: URL,
  networks: readonly string[],
  resolve: Resolve = systemResolve,
): Promise<ResolvedAddress> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const literal = isIP(host);
  const addresses = literal === 0 ? await resolved(host, resolve) : [{ address: host, family: literal }];
  for (const { address } of addresses) {
    const refused = refusedAddress(address, networks);
    if (refused !== undefined) {
      throw new KubernautError('PRECONDITION_FAILED', `${host} must not be called: ${refused}`, {
        remedy: 'If that address is meant, add its network to `networks` of the host or channel in kubernaut.yaml.',
      });
    }
  }
  return addresses[0]!;
}

async function resolved(host: string, resolve: Resolve): Promise<ResolvedAddress[]> {
  const addresses = await resolve(host).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    // The system says the same for a name that does not exist and for a network that is down.
    throw new KubernautError('UNAVAILABLE', `${host} cannot be resolved (${code})`, {
      remedy: 'Check the name, and the resolver of the worker; the engine tries again.',
    });
  });
  if (addresses.length === 0) throw new KubernautError('UNAVAILABLE', `${host} has no address`);
  return addresses;
}
