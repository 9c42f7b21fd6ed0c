import { z } from 'zod';

/** What `apply_manifest` can apply at all: none of them is a secret, grants a right or steps into other people's requests. */
export const APPLICABLE_KINDS = [
  'ConfigMap',
  'HorizontalPodAutoscaler',
  'Ingress',
  'LimitRange',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'ResourceQuota',
  'Service',
] as const;

/** `actions.kubernetes.applyManifest`: what may be applied. */
export const applyManifestSchema = z.strictObject({
  kinds: z
    .array(z.enum(APPLICABLE_KINDS))
    .default([...APPLICABLE_KINDS])
    .describe(`Only these kinds. Default: ${APPLICABLE_KINDS.join(', ')}; no others can be named.`),
});
