import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const jwk = z
  .looseObject({ kty: z.enum(['OKP', 'EC', 'RSA']) })
  .refine((key) => !('d' in key), 'this is a private key: it belongs to whoever signs, never here');
const pem = z
  .string()
  .refine((text) => text.includes('BEGIN PUBLIC KEY'), 'must be a PEM with BEGIN PUBLIC KEY, a JWK, or { file }');

const key = z.strictObject({
  id: z.string().min(1).max(100).describe('Named in the audit; the `kid` of decisions that have one.'),
  publicKey: z
    .union([pem, z.strictObject({ file: z.string().min(1) }), jwk])
    .describe('PEM (Ed25519, EC P-256/P-384, RSA), a JWK, or `{ file }` with either, relative to this file.'),
  by: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('The only persons that it signs for. Default: anybody; for a service that authenticates people itself.'),
  groups: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'With `by`: the groups of these persons. Without: the only groups that the signer can vouch for; default all that it names.',
    ),
});
export type ApprovalKey = z.output<typeof key>;

/** `approval` of kubernaut.yaml: whose word counts. */
export const approvalSchema = z
  .strictObject({
    identity: z
      .enum(['claimed', 'verified'])
      .default('claimed')
      .describe(
        '`verified`: only signed decisions count. A run keeps what held when it began. Default `claimed`: whoever may send a signal is believed to be who they say, but not to belong to a group: where groups are asked for, only signed decisions count.',
      ),
    keys: z
      .array(key)
      .max(100)
      .default([])
      .describe('Public keys that signed decisions are verified with. Default none.'),
  })
  .superRefine(({ identity, keys }, context) => {
    if (identity === 'verified' && keys.length === 0) {
      context.addIssue({
        code: 'custom',
        path: ['keys'],
        message: 'identity: verified needs a key, or nobody could decide',
      });
    }
    keys.forEach(({ id, publicKey }, index) => {
      if (keys.findIndex((other) => other.id === id) < index) {
        context.addIssue({ code: 'custom', path: ['keys', index, 'id'], message: `two keys are called ${id}` });
      }
      if (typeof publicKey === 'object' && 'file' in publicKey) return;
      try {
        publicKeyOf(publicKey as PublicKeyText);
      } catch {
        context.addIssue({
          code: 'custom',
          path: ['keys', index, 'publicKey'],
          message: 'is not a public key that can be read',
        });
      }
    });
  });
export type ApprovalSettings = z.output<typeof approvalSchema>;

type PublicKeyText = string | Record<string, unknown>;

/** @throws when it is none, or a key that nothing can be verified with */
export function publicKeyOf(text: PublicKeyText): KeyObject {
  const made =
    typeof text === 'string' ? createPublicKey(text) : createPublicKey({ key: text as never, format: 'jwk' });
  if (!['ed25519', 'ec', 'rsa'].includes(made.asymmetricKeyType ?? '')) throw new Error('no key for signatures');
  return made;
}

/** Reads it anew from its file each time, so that a rotated key needs no restart. */
export function readPublicKey({ publicKey }: ApprovalKey): KeyObject {
  if (typeof publicKey === 'string') return publicKeyOf(publicKey);
  if (!('file' in publicKey)) return publicKeyOf(publicKey);
  const text = readFileSync(String(publicKey.file), 'utf8').trim();
  return publicKeyOf(text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : text);
}

export function withApprovalPaths(settings: ApprovalSettings, absolute: (path: string) => string): ApprovalSettings {
  const keys = settings.keys.map((each) => {
    const { publicKey } = each;
    if (typeof publicKey === 'string' || !('file' in publicKey)) return each;
    return { ...each, publicKey: { file: absolute(String(publicKey.file)) } };
  });
  return { ...settings, keys };
}
