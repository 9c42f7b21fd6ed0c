import { z } from 'zod';
import { probeObjectParam } from './probe-object-params';
import { probeParam } from './probes';

export const healthCheckParams = z
  .strictObject({
    container: z.string().min(1).max(63).optional().describe('Needed only when the workload has several.'),
    readiness: probeParam.describe('Whether the pod gets traffic; null: none.'),
    liveness: probeParam.describe('Whether the container is killed and started again; null: none.'),
    startup: probeParam.describe('Holds the other two back until it has succeeded once; null: none.'),
    stableSeconds: z
      .int()
      .min(0)
      .max(600)
      .default(10)
      .describe('The pods of a workload must stay ready so long. Default 10.'),
    probe: probeObjectParam
      .optional()
      .describe('With a target of kind Probe: what is asked from outside, and how often.'),
  })
  .refine(
    ({ readiness, liveness, startup, probe }) =>
      [readiness, liveness, startup, probe].some((each) => each !== undefined),
    {
      error: 'give at least one of readiness, liveness, startup, or probe for a target of kind Probe',
    },
  );
export type HealthCheckParams = z.output<typeof healthCheckParams>;
