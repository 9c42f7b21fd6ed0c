import { refusedAddress } from './address-policy';

describe('Addresses', () => {
  test.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(refusedAddress(address)).toBeUndefined();
  });

  test.each([
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['169.254.169.254', '100.64.0.1', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255', '198.18.0.1'],
    ...['192.0.2.1', '192.0.0.1', '192.88.99.1'],
    ...['::', '::1', 'fc00::1', 'fdff::1', 'fe80::1', 'fec0::1', 'ff02::1', '100::1', '2001:db8::1', '4000::1'],
    // IPv4 in the clothes of IPv6: mapped, compatible, translated, 6to4, Teredo.
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::127.0.0.1', '::7f00:1'],
    ...['64:ff9b::7f00:1', '64:ff9b:1::1', '2002:7f00:1::', '2001::1'],
    ...['localhost', '', 'fe80::1%eth0'],
  ])('%s is refused', (address) => {
    expect(refusedAddress(address)).toEqual(expect.any(String));
  });

  test('a network that is named is allowed, and nothing beside it', () => {
    expect(refusedAddress('10.20.1.1', ['10.20.0.0/16'])).toBeUndefined();
    expect(refusedAddress('10.21.1.1', ['10.20.0.0/16'])).toContain('private');
    expect(refusedAddress('::ffff:10.20.1.1', ['10.20.0.0/16'])).toBeUndefined();
    expect(refusedAddress('fd00::1', ['fd00::/8', '10.0.0.1'])).toBeUndefined();
    expect(refusedAddress('10.0.0.1', ['fd00::/8', '10.0.0.1'])).toBeUndefined();
    expect(refusedAddress('10.0.0.2', ['fd00::/8', '10.0.0.1'])).toContain('private');
    expect(refusedAddress('127.0.0.1', ['0.0.0.0/0'])).toBeUndefined();
  });
});
