import { z } from 'zod';

/** `actions.kubernetes.diagnostics`: where collect_diagnostics keeps what is too much for a workflow's history. */
export const diagnosticsSchema = z.strictObject({
  folder: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of the worker, relative to the settings file, for whole bundles (JSON, one file a step). Kubernaut never removes them. Default: none is kept, only the digest in the evidence.',
    ),
});
