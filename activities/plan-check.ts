import type { ActionRegistry } from './registry';
import type { Activities } from './activity-runtime';
export function createPlanActivities(_registry: ActionRegistry): Activities {
  return {
    'plan.check': async () => {
      throw new Error('not yet');
    },
  };
}
