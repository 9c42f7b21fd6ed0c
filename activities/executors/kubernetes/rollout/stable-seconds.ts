import { z } from 'zod';

/** The parameter `stableSeconds` of actions whose pods are replaced. */
export const stableSeconds = z
  .number()
  .min(0)
  .max(600)
  .default(3)
  .describe(
    'So long all pods must stay Ready without a restart before the rollout counts as good, in seconds. Default 3.',
  );
