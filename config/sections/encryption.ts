import { z } from 'zod';
import { secretRefSchema } from '../secret-ref';

const id = z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits or . _ -');

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
});
export type EncryptionSettings = z.output<typeof encryptionSchema>;

export function withEncryptionPaths(
  { keys }: EncryptionSettings,
  absolute: (path: string) => string,
): EncryptionSettings {
  return { keys: keys.map(({ id, key }) => ({ id, key: 'file' in key ? { file: absolute(key.file) } : key })) };
}
