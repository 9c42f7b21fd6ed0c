import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { secretRefSchema } from '../../secret-ref';

/** `10.0.0.0/8`, `fd00::/8`, or one address. */
export const networkSchema = z.string().refine((text) => {
  return (
    ipaddr.isValidCIDR(text) || (text.includes('.') ? ipaddr.IPv4.isValidFourPartDecimal(text) : ipaddr.isValid(text))
  );
}, 'must be an address or a network: 10.1.2.3, 10.0.0.0/8, fd00::/8');

const HOST = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$|^[0-9a-f:.]+$/;

/** One host that `webhook` and `http_check` may call. Nothing else can be called, whatever a plan says. */
export const httpHostSchema = z.strictObject({
  host: z
    .string()
    .max(253)
    .regex(HOST, 'must be a host name in lower case, `*.example.com` for all below it, or an address without brackets')
    .describe('Name, `*.example.com` (every name below, not example.com itself), or an address.'),
  ports: z.array(z.int().min(1).max(65535)).min(1).default([443]).describe('Default 443 only.'),
  plainHttp: z
    .boolean()
    .default(false)
    .describe('Allow `http://`, where anybody on the way can read and change what is sent. Default false.'),
  networks: z
    .array(networkSchema)
    .default([])
    .describe(
      'Addresses outside the public Internet that the name may stand for. Default none: private, loopback, link-local (cloud metadata) and other special addresses are refused.',
    ),
  methods: z
    .array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']))
    .min(1)
    .default(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
    .describe('Default: all.'),
  secrets: z
    .record(z.string().regex(/^[a-z0-9][-a-z0-9]{0,62}$/), secretRefSchema)
    .default({})
    .describe('Secrets that a plan may send to this host in a header, by the name that plans call them by.'),
});

export type HttpHostSettings = z.output<typeof httpHostSchema>;
