import { z } from 'zod';

/** `actions.kubernetes.finalizers`: when `delete_finalizer_stuck` may take a finalizer away from its controller. */
export const finalizersSchema = z.strictObject({
  minAgeSeconds: z
    .int()
    .min(0)
    .max(604_800)
    .default(600)
    .describe('An object must have been in deletion for so long before. Default 600 (10 minutes).'),
});
