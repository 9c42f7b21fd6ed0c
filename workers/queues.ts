import type { Client } from '@temporalio/client';
import { createActionActivities, type Activities } from '../activities/activity-runtime';
import { createAuditActivities } from '../activities/audit/export-activities';
import { systemClock } from '../activities/clock';
import type { ActionDefinition } from '../activities/contract';
import { createDecisionActivities } from '../activities/decision/verify-decision';
import { createGuardActivities } from '../activities/guard';
import { createIncidentActivities } from '../activities/incident/activities';
import { createIncidentClusterActivities } from '../activities/incident/cluster-activities';
import { createInvestigationActivities } from '../activities/investigation/investigate';
import { createPlanActivities } from '../activities/plan-check';
import { createPolicyActivities } from '../activities/policy/policy-activities';
import type { ActionRegistry } from '../activities/registry';
import type { TemporalBrake } from '../activities/stop/brake';
import { IncidentActivity } from '../plan/incident';
import { clusterTaskQueue, MAIN_TASK_QUEUE, PATIENT_TASK_QUEUE } from '../plan/task-queues';
import type { CreateWorkersOptions, WorkflowSource } from './create-workers';
import { observedQuestions } from './observed-activities';

/** A task queue that this process polls. */
export interface Queue {
  taskQueue: string;
  /** Whose actions are done there. */
  executors: readonly string[];
  workflows?: WorkflowSource;
  activities: Activities;
  /** Activities at once, when not those of its executors. */
  slots?: number | undefined;
}

/** Which queues there are and what is done on each. */
export function taskQueues(options: CreateWorkersOptions, brake: TemporalBrake, client: Client): Queue[] {
  const { registry, workflows } = options;
  const activities = (serves: (definition: ActionDefinition) => boolean) =>
    createActionActivities({ ...options, brake, serves });
  const questions = observedQuestions(createInvestigationActivities(options), options.observer);
  const incidents = createIncidentActivities(options);
  const main: Queue[] =
    workflows === undefined
      ? []
      : [
          {
            taskQueue: MAIN_TASK_QUEUE,
            executors: registry.list().flatMap((action) => (action.clusterScoped ? [] : [action.executor])),
            workflows,
            activities: {
              ...activities((action) => !action.clusterScoped),
              ...(options.policy && createPolicyActivities(options.policy, client, options.clock ?? systemClock)),
              ...questions,
              ...createPlanActivities(registry, {
                guards: options.guards,
                policy: options.policy !== undefined,
                verifiedOnly: options.approval?.identity === 'verified',
                audit: (options.audit?.sinks.length ?? 0) > 0,
              }),
              ...createDecisionActivities(options.approval, options.clock ?? systemClock),
              ...createGuardActivities(),
              ...(options.audit &&
                createAuditActivities({
                  settings: options.audit,
                  clock: options.clock ?? systemClock,
                  secrets: options.secrets,
                })),
              ...incidents,
            },
          },
          {
            taskQueue: PATIENT_TASK_QUEUE,
            executors: [],
            activities: {
              ...questions,
              [IncidentActivity.awaitRemediation]: incidents[IncidentActivity.awaitRemediation]!,
            },
            slots: options.tuning?.maxConcurrentInvestigations,
          },
        ];
  const executors = options.executors?.map((name) => registry.executorType(name)) ?? clusterExecutors(registry);
  const clusterQueues = [...options.clusters.keys()].flatMap((cluster) =>
    [...new Set(executors)].sort().map((executor) => ({
      taskQueue: clusterTaskQueue(cluster, executor),
      executors: [executor],
      activities: {
        ...activities((action) => action.clusterScoped && action.executor === executor),
        ...(executor === 'kubernetes' && createIncidentClusterActivities(options)),
      },
    })),
  );
  return [...main, ...clusterQueues.filter((queue) => Object.keys(queue.activities).length > 0)];
}

function clusterExecutors(registry: ActionRegistry): string[] {
  return registry.list().flatMap((action) => (action.clusterScoped ? [action.executor] : []));
}
