import { proxyActivities, workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';
import { UNCACHED_PREFIX } from './uncached-prefix';

/**
 * Workflow code of the tests alone. With `maxCachedWorkflows: 0` the SDK evicts a run while its local activities are under way,
 * drops them, and says so; the workflow task then times out after 10 s and is tried again, on a busy machine for minutes. What
 * such tests ask is whether anything hangs on memory, so their local activities are done as regular ones, whose results are
 * in the history just the same.
 */
export function interceptors(): WorkflowInterceptors {
  const { namespace } = workflowInfo();
  if (!namespace.startsWith(UNCACHED_PREFIX)) return {};
  return {
    outbound: [
      {
        scheduleLocalActivity({ activityType, args, options }) {
          const { startToCloseTimeout, scheduleToCloseTimeout, retry } = options;
          const times = {
            ...(startToCloseTimeout !== undefined && { startToCloseTimeout }),
            ...(scheduleToCloseTimeout !== undefined && { scheduleToCloseTimeout }),
          };
          const activities = proxyActivities<Record<string, (...given: unknown[]) => Promise<unknown>>>({
            ...times,
            ...(retry && { retry }),
          });
          return activities[activityType]!(...args);
        },
      },
    ],
  };
}
