import { z } from 'zod';

/** `actions.custom` of kubernaut.yaml: channels, webhooks and scripts that custom actions may use. */
export const customActionsSchema = z.strictObject({});
export type CustomActionSettings = z.output<typeof customActionsSchema>;
