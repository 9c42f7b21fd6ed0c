import { z } from 'zod';

/** `actions.kubernetes` of kubernaut.yaml: what actions on cluster objects may use besides their params. */
export const kubernetesActionsSchema = z.strictObject({});
export type KubernetesActionSettings = z.output<typeof kubernetesActionsSchema>;
