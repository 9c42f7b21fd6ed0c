import { z } from 'zod';
import type { ActionDefinition } from '../../../contract';
import { fieldAction } from '../fields/field-action';
import { verifyReadBack } from '../fields/read-back';
import { displayName } from '../target/read-target';

const SUSPEND = '/spec/suspend';

type Given = Pick<ActionDefinition, 'name' | 'description' | 'whenToUse' | 'whenNotToUse' | 'risk' | 'examples'>;

/**
 * Suspends or resumes a CronJob. True when `spec.suspend` reads back: its controller goes by that field alone. Jobs that run
 * already go on. (The server stores `false` on a CronJob that never said anything.)
 */
export function suspendAction({ suspend, ...action }: Given & { suspend: boolean }): ActionDefinition {
  const params = z.strictObject({});
  return fieldAction<z.infer<typeof params>>({
    ...action,
    params,
    disruption: suspend ? 'workload' : 'none',
    targetKinds: ['CronJob'],
    permissions: [{ apiGroup: 'batch', resource: 'cronjobs', verbs: ['get', 'patch'] }],
    wish(_ctx, cronJob) {
      const warnings: string[] = [];
      const { active = [] } = (cronJob.status ?? {}) as { active?: unknown[] };
      if (suspend && active.length > 0) warnings.push(`${active.length} Jobs of it run and go on running (delete_job)`);
      if (!suspend && cronJob.spec?.startingDeadlineSeconds === undefined)
        warnings.push('without startingDeadlineSeconds a missed schedule may start a Job at once');
      return {
        set: [{ path: SUSPEND, value: suspend }],
        warnings,
        summary: `CronJob ${displayName(cronJob.metadata)} ${suspend ? 'suspended' : 'resumed'}`,
      };
    },
    data: () => ({ suspend }),
    verify: (ctx, _step, validation) => verifyReadBack(ctx, validation),
  });
}
