import { z } from 'zod';
import { secretRefSchema } from '../secret-ref';

const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label: lower case letters, digits and -, at most 63')
  .describe('Part of the id of the workflow that exports to it, and what metrics and health call it.');
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'must not hold credentials');

const file = z.strictObject({
  name,
  type: z.literal('file'),
  folder: z
    .string()
    .min(1)
    .describe('Relative to this file. Every worker of `kubernaut` must see the same folder: whichever is free writes.'),
});

const s3 = z.strictObject({
  name,
  type: z.literal('s3'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
  prefix: z
    .string()
    .regex(/^[\w./-]*$/, 'letters, digits and _ . / - only')
    .default('')
    .describe('In front of the object names, as `audit/prod/`. Default: none.'),
  region: z.string().min(1).default('us-east-1').describe('Default `us-east-1`.'),
  endpoint: httpUrl
    .optional()
    .describe('Of another S3-compatible server; the bucket is then part of the path. Default: Amazon’s of the region.'),
  accessKeyId: secretRefSchema.prefault({ env: 'AWS_ACCESS_KEY_ID' }).describe('Default `{ env: AWS_ACCESS_KEY_ID }`.'),
  secretAccessKey: secretRefSchema
    .prefault({ env: 'AWS_SECRET_ACCESS_KEY' })
    .describe('Default `{ env: AWS_SECRET_ACCESS_KEY }`.'),
  sessionToken: secretRefSchema.optional().describe('Of temporary credentials. Default: none.'),
});

const http = z.strictObject({
  name,
  type: z.literal('http'),
  url: httpUrl.describe('Segments are PUT below it with `If-None-Match: *`, and must be answered to GET later.'),
  authorization: secretRefSchema
    .optional()
    .describe('Whole value of the header `Authorization`. Default: none is sent.'),
});

const sinkSchema = z.discriminatedUnion('type', [file, s3, http]);
export type AuditSinkSettings = z.output<typeof sinkSchema>;

/** `audit` of kubernaut.yaml: where the audit of each remediation goes when it has ended. */
export const auditSchema = z
  .strictObject({
    key: secretRefSchema
      .optional()
      .describe('Ed25519 private key (PKCS #8, PEM) that signs what is exported. Needed as soon as there is a sink.'),
    formerKeys: z
      .array(secretRefSchema)
      .default([])
      .describe('Public halves (SPKI, PEM) of keys that signed before: what they sealed stays valid. Default: none.'),
    sweepMinutes: z
      .number()
      .min(0.05)
      .default(10)
      .describe('How often is looked for remediations that ended without a word, as terminated ones do. Default 10.'),
    sinks: z
      .array(sinkSchema)
      .default([])
      .superRefine((sinks, context) => {
        sinks.forEach(({ name }, index) => {
          if (sinks.findIndex((other) => other.name === name) < index) {
            context.addIssue({ code: 'custom', path: [index, 'name'], message: `two sinks are called ${name}` });
          }
        });
      })
      .describe(
        'Each gets everything, as a chain of its own. Default: none; `kubernaut audit export` is there by hand.',
      ),
  })
  .refine(({ key, sinks }) => key !== undefined || sinks.length === 0, {
    path: ['key'],
    message: 'sinks need a key that signs: `openssl genpkey -algorithm ed25519 -out audit.pem` makes one',
  });
export type AuditSettings = z.output<typeof auditSchema>;

/** The same settings with `absolute` applied to every path in them. */
export function withAuditPaths(settings: AuditSettings, absolute: (path: string) => string): AuditSettings {
  const ref = <T extends AuditSettings['key']>(secret: T): T =>
    secret !== undefined && 'file' in secret ? ({ file: absolute(secret.file) } as T) : secret;
  return {
    ...settings,
    ...(settings.key && { key: ref(settings.key) }),
    formerKeys: settings.formerKeys.map(ref),
    sinks: settings.sinks.map((sink) => {
      switch (sink.type) {
        case 'file':
          return { ...sink, folder: absolute(sink.folder) };
        case 's3':
          return {
            ...{ ...sink, accessKeyId: ref(sink.accessKeyId), secretAccessKey: ref(sink.secretAccessKey) },
            ...(sink.sessionToken && { sessionToken: ref(sink.sessionToken) }),
          };
        case 'http':
          return { ...sink, ...(sink.authorization && { authorization: ref(sink.authorization) }) };
      }
    }),
  };
}
