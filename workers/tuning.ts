import type { Settings } from '../config/settings';
import type { WorkerTuning } from './create-workers';

/** How long activities may take to end once they are told to stop. A pod's terminationGracePeriodSeconds must leave room for it. */
const STOP_TIMEOUT_MS = 15_000;

/** What the settings say of how much a worker does at once, and how it ends. */
export function tuningOf(worker: Settings['worker']): WorkerTuning {
  return {
    maxConcurrentActivityTaskExecutions: worker.concurrency.activities,
    maxConcurrentActivitiesOf: worker.concurrency.executors,
    maxConcurrentInvestigations: worker.concurrency.investigations,
    machine: worker.concurrency.machine,
    maxConcurrentWorkflowTaskExecutions: worker.concurrency.workflowTasks,
    maxCachedWorkflows: worker.concurrency.cachedWorkflows,
    activitiesPerSecond: worker.activitiesPerSecond,
    shutdownGraceTime: worker.shutdownGraceSeconds * 1000,
    shutdownForceTime: worker.shutdownGraceSeconds * 1000 + STOP_TIMEOUT_MS,
  };
}
