import { z } from 'zod';

/** `clusters[].monitoring` of kubernaut.yaml: the monitoring that watches this cluster. */
export const monitoringSchema = z.strictObject({});
export type MonitoringSettings = z.output<typeof monitoringSchema>;
