import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Why `text`, an address as a resolver or `URL.hostname` gives it, must not be called; `undefined` when it may be. Without
 * `networks` only the public Internet may: no loopback, private, link-local (where clouds keep their metadata), carrier,
 * multicast or reserved range, and none of the IPv6 forms that stand for an IPv4 address behind a translator.
 *
 * @param networks CIDRs or single addresses that are allowed all the same
 */
export function refusedAddress(text: string, networks: readonly string[] = []): string | undefined {
  if (!ipaddr.isValid(text)) return `${text} is no address`;
  // `::ffff:10.0.0.1` connects to 10.0.0.1, so it is judged as that.
  const address = ipaddr.process(text);
  if (networks.some((network) => contains(network, address))) return undefined;
  const range = address.range();
  if (range !== 'unicast') return `${text} is not public (${words(range)})`;
  // Only 2000::/3 is assigned as global unicast; the rest of the space is nobody's, or not yet known as special.
  if (address.kind() === 'ipv6' && (address.toByteArray()[0]! & 0xe0) !== 0x20) {
    return `${text} is not public (not global unicast)`;
  }
  return undefined;
}

function contains(network: string, address: Address): boolean {
  const single = !network.includes('/');
  const base = ipaddr.parse(single ? network : network.slice(0, network.indexOf('/')));
  if (base.kind() !== address.kind()) return false;
  const bits = single ? base.toByteArray().length * 8 : Number(network.slice(network.indexOf('/') + 1));
  return address.match(base, bits);
}

/** `linkLocal` → `link local`. */
function words(range: string): string {
  return range.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
