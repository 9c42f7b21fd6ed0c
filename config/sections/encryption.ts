import { z } from 'zod';
import { secretRefSchema } from '../secret-ref';
import { tlsSchema, withTlsPaths } from './bridge';

const id = z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits or . _ -');

const codecServer = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Default `127.0.0.1`; a pod needs `0.0.0.0`.'),
  port: z.int().min(0).max(65535).default(8089).describe('Default 8089; 0 takes a free port.'),
  origins: z
    .array(z.string().refine(isOrigin, 'must be an origin as browsers send it: scheme, host, port, and nothing behind'))
    .max(20)
    .default([])
    .describe('Whose pages may ask it, for the Web UI: `https://temporal.example.com`. Default: none.'),
  tls: tlsSchema.optional().describe('Default: plain HTTP, as behind an ingress or a service mesh.'),
});

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** `temporal.encryption` of kubernaut.yaml: what Temporal stores of plans, results and failures is encrypted. */
export const encryptionSchema = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        id: id.describe('Stands in clear next to each payload; a name is never given to another key.'),
        key: secretRefSchema.describe('32 random bytes in base64: `openssl rand -base64 32`.'),
      }),
    )
    .min(1)
    .max(100)
    .describe('The first encrypts, all of them decrypt. Read at start.')
    .superRefine((keys, context) => {
      keys.forEach((key, index) => {
        if (keys.findIndex((other) => other.id === key.id) < index) {
          context.addIssue({ code: 'custom', path: [index, 'id'], message: `two keys are called ${key.id}` });
        }
      });
    }),
  codecServer: codecServer
    .prefault({})
    .describe('`kubernaut codec-server`, for Temporal’s Web UI and CLI; who may use it is `bridge.auth`.'),
});
export type EncryptionSettings = z.output<typeof encryptionSchema>;

export function withEncryptionPaths(
  { keys, codecServer: server }: EncryptionSettings,
  absolute: (path: string) => string,
): EncryptionSettings {
  return {
    keys: keys.map(({ id, key }) => ({ id, key: 'file' in key ? { file: absolute(key.file) } : key })),
    codecServer: { ...server, ...(server.tls && { tls: withTlsPaths(server.tls, absolute) }) },
  };
}
