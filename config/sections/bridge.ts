import { z } from 'zod';
import { secretRefSchema, type SecretRef } from '../secret-ref';
import { slackSchema } from './slack';

/**
 * What a caller of the bridge may do. Roles are independent of each other: whoever should see and steer needs both.
 *
 * - `ingest` tell of alerts, push recommendations
 * - `read` list and watch incidents and remediations, read metrics
 * - `propose` preview plans, and propose them to people, by the MCP tools
 * - `operate` start investigations and remediations, abort, pause, take over, skip, retry
 * - `approve` approve and reject
 */
export const bridgeRoles = ['ingest', 'read', 'propose', 'operate', 'approve'] as const;
export type BridgeRole = (typeof bridgeRoles)[number];

const identity = z
  .string()
  .regex(/^[\w.@+-]{1,64}$/, 'must be 1 to 64 letters, digits or . _ @ + -')
  .describe('Who that is, in logs, in the audit and as the one who decided.');
const roles = z.array(z.enum(bridgeRoles)).min(1).describe('Each says what it may do; none includes another.');
const groups = z
  .array(z.string().min(1).max(200))
  .max(100)
  .default([])
  .describe('Groups that it belongs to, for signed decisions. Default none.');
const names = z.array(z.string().min(1).max(512)).default([]);

/** Of a claim, a user or a group: who gets which role by it. */
const mappedRoles = z.strictObject({
  ingest: names.describe('Default: nobody.'),
  read: names.describe('Default: nobody.'),
  propose: names.describe('Default: nobody.'),
  operate: names.describe('Default: nobody.'),
  approve: names.describe('Default: nobody.'),
});

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' });

const oidc = z.strictObject({
  issuer: httpUrl.describe('As in the claim `iss`, to the letter.'),
  audience: z.string().min(1).describe('The claim `aud` must name it.'),
  jwksUrl: httpUrl
    .optional()
    .describe('Where the issuer’s keys are. Default: what `<issuer>/.well-known/openid-configuration` says.'),
  identityClaim: z.string().min(1).default('sub').describe('Claim that names the person. Default `sub`.'),
  rolesClaim: z
    .string()
    .min(1)
    .default('groups')
    .describe('Claim with groups or roles: a text, or a list of them. Dots lead into objects. Default `groups`.'),
  roles: mappedRoles.prefault({}).describe('Values of that claim that give a role.'),
  algorithms: z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']))
    .min(1)
    .default(['RS256', 'ES256'])
    .describe('Signatures that are accepted. Default RS256 and ES256.'),
});

const auth = z
  .strictObject({
    tokens: z
      .array(
        z.strictObject({ name: identity, roles, groups, token: secretRefSchema.describe('At least 16 characters.') }),
      )
      .default([])
      .describe('Sent as `Authorization: Bearer`.'),
    signatures: z
      .array(
        z.strictObject({
          name: identity,
          roles,
          groups,
          secret: secretRefSchema.describe('Shared with the sender; at least 16 characters.'),
        }),
      )
      .default([])
      .describe('Senders that sign what they send (HMAC-SHA256 with a timestamp) instead of sending a secret.'),
    replayWindowSeconds: z
      .int()
      .min(10)
      .max(3600)
      .default(300)
      .describe('How old, or how far ahead, the timestamp of a signed request may be. Default 300.'),
    oidc: oidc.optional().describe('JSON Web Tokens of an OpenID Connect issuer.'),
    kubernetes: z
      .strictObject({
        cluster: z.string().min(1).describe('One of `clusters`; its API server is asked by TokenReview.'),
        audiences: z.array(z.string().min(1)).min(1).default(['kubernaut']).describe('Default `kubernaut`.'),
        roles: mappedRoles
          .prefault({})
          .describe('Users and groups: `system:serviceaccount:monitoring:alertmanager`, `sre`.'),
      })
      .optional()
      .describe('Tokens of ServiceAccounts and users of a cluster.'),
    certificates: z
      .array(z.strictObject({ name: identity.describe('Common name of the certificate’s subject.'), roles, groups }))
      .default([])
      .describe('Client certificates, signed by `tls.clientCaFile`.'),
  })
  .refine(
    ({ tokens, signatures, oidc, kubernetes, certificates }) =>
      tokens.length + signatures.length + certificates.length > 0 || oidc !== undefined || kubernetes !== undefined,
    'nobody could ever get in; name tokens, signatures, oidc, kubernetes or certificates',
  )
  .superRefine((value, context) => {
    const seen = new Set<string>();
    for (const list of ['tokens', 'signatures', 'certificates'] as const) {
      value[list].forEach(({ name }, index) => {
        if (seen.has(`${list} ${name}`)) {
          context.addIssue({ code: 'custom', path: [list, index, 'name'], message: `two are called ${name}` });
        }
        seen.add(`${list} ${name}`);
      });
    }
  });

/** Of an HTTP server of ours. */
export const tlsSchema = z.strictObject({
  certFile: z.string().min(1).describe('PEM file of the server’s certificate.'),
  key: secretRefSchema.describe('Its private key, PEM.'),
  clientCaFile: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of the authority of client certificates; without it, none is asked for.'),
});
export type TlsSettings = z.output<typeof tlsSchema>;

/** Addresses that nobody but this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** `bridge` of kubernaut.yaml: the HTTP server `kubernaut bridge`. It does not start before `auth` says who may use it. */
export const bridgeSchema = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('Default `127.0.0.1`; a pod needs `0.0.0.0`.'),
    port: z.int().min(0).max(65535).default(8088).describe('Default 8088; 0 takes a free port.'),
    cluster: z
      .string()
      .min(1)
      .optional()
      .describe('Of alerts without the label `cluster`. Default: the only one of `clusters`, else `default`.'),
    tls: tlsSchema.optional().describe('Default: plain HTTP, as behind an ingress or a service mesh.'),
    auth: z
      .union([z.literal('none'), auth])
      .optional()
      .describe('Who may do what. `none`: everybody may do everything; only on a loopback address.'),
    signing: z
      .strictObject({
        key: secretRefSchema.describe(
          'Private key, unencrypted PEM (PKCS #8) or JWK: Ed25519, EC P-256 or P-384, RSA.',
        ),
        keyId: z
          .string()
          .min(1)
          .max(100)
          .optional()
          .describe('Its id in `approval.keys` of the workers. Default: the `kid` of a JWK, else all are tried.'),
      })
      .optional()
      .describe(
        'Approvals and rejections are signed in the name of whoever is authenticated, with their groups, so that they count where `approval.identity` is `verified` or groups have to approve. Default: they are sent as they are.',
      ),
    slack: slackSchema.optional(),
    rateLimit: z
      .strictObject({
        perMinute: z.int().min(1).default(1200).describe('Requests of one identity. Default 1200.'),
        ingestPerMinute: z
          .int()
          .min(1)
          .default(30_000)
          .describe('The same for alerts and recommendations. Default 30000.'),
        failuresPerMinute: z
          .int()
          .min(1)
          .default(60)
          .describe(
            'Failed logins of one address; more are answered with 429. Right credentials are never refused for it. Default 60.',
          ),
      })
      .prefault({})
      .describe('Of each replica.'),
    maxStreams: z.int().min(1).default(100).describe('Live progress that is watched at once. Default 100.'),
    shutdownGraceSeconds: z
      .number()
      .min(0)
      .default(20)
      .describe('How long running requests may take after SIGTERM. Default 20.'),
    log: z
      .strictObject({
        level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info').describe('Default `info`.'),
      })
      .prefault({}),
  })
  .superRefine((bridge, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (bridge.auth === 'none' && !isLoopback(bridge.host)) {
      refuse(['auth'], `none is for loopback addresses only, and ${bridge.host} is reached by others`);
    }
    for (const key of ['signing', 'slack'] as const) {
      if (bridge[key] !== undefined && bridge.auth === 'none') {
        refuse([key], 'needs an auth that says who is who: without one everybody would decide in any name');
      }
    }
    const certificates = typeof bridge.auth === 'object' && bridge.auth.certificates.length > 0;
    if (certificates && bridge.tls?.clientCaFile === undefined) {
      refuse(['tls', 'clientCaFile'], 'is needed to check the certificates of auth.certificates');
    }
  });
export type BridgeSettings = z.output<typeof bridgeSchema>;
export type BridgeAuth = z.output<typeof auth>;
export type MappedRoles = z.output<typeof mappedRoles>;

/** The same settings with `absolute` applied to every path in them. */
export function withBridgePaths(bridge: BridgeSettings, absolute: (path: string) => string): BridgeSettings {
  const ref = (secret: SecretRef): SecretRef => withSecretPath(secret, absolute);
  const { tls, auth: who, signing, slack } = bridge;
  return {
    ...bridge,
    ...(tls && { tls: withTlsPaths(tls, absolute) }),
    ...(signing && { signing: { ...signing, key: ref(signing.key) } }),
    ...(slack && { slack: { ...slack, signingSecret: ref(slack.signingSecret) } }),
    ...(typeof who === 'object' && {
      auth: {
        ...who,
        tokens: who.tokens.map((each) => ({ ...each, token: ref(each.token) })),
        signatures: who.signatures.map((each) => ({ ...each, secret: ref(each.secret) })),
      },
    }),
  };
}

export function withTlsPaths(tls: TlsSettings, absolute: (path: string) => string): TlsSettings {
  const { certFile, key, clientCaFile } = tls;
  return {
    certFile: absolute(certFile),
    key: withSecretPath(key, absolute),
    ...(clientCaFile !== undefined && { clientCaFile: absolute(clientCaFile) }),
  };
}

function withSecretPath(secret: SecretRef, absolute: (path: string) => string): SecretRef {
  return 'file' in secret ? { file: absolute(secret.file) } : secret;
}
