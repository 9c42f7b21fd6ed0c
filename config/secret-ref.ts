import { z } from 'zod';

/**
 * Where a secret is, never the secret itself: a variable of the worker's environment, or a file (relative to the settings
 * file; a trailing line end is dropped). Read anew for each use, so that a rotated secret needs no restart.
 */
export const secretRefSchema = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
  z.strictObject({ file: z.string().min(1) }),
]);
export type SecretRef = z.output<typeof secretRefSchema>;
