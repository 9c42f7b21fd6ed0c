import { z } from 'zod';
import { secretRefSchema } from '../../secret-ref';

const dnsName = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'must be the name of an object');

/** `actions.kubernetes.secrets`: where patch_secret and copy_secret may take values from. By default, from nowhere else. */
export const secretSourcesSchema = z.strictObject({
  values: z
    .record(z.string().regex(/^[a-z0-9][-a-z0-9_]{0,62}$/), secretRefSchema)
    .default({})
    .describe(
      'Secrets of the worker that `patch_secret` may write, by the name that params call them. A plan can name no other variable or file of the worker. Default none.',
    ),
  copyFrom: z
    .array(
      z.strictObject({
        namespace: dnsName,
        names: z.array(dnsName).min(1).optional().describe('Only these Secrets. Default: all of the namespace.'),
      }),
    )
    .default([])
    .describe('Other namespaces whose Secrets may be copied from. Default none: only the target’s own namespace.'),
  keepUndoDays: z
    .number()
    .positive()
    .max(365)
    .default(7)
    .describe(
      'How long the old values of a changed Secret are kept for an undo, in a Secret `kubernaut-undo-…` beside it. Default 7.',
    ),
});
export type SecretSources = z.output<typeof secretSourcesSchema>;
