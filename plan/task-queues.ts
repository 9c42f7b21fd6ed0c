import type { ActionMeta } from './step-io';

/** The queue of workflows, of `plan.check` and of actions that touch no cluster. */
export const MAIN_TASK_QUEUE = 'kubernaut';

/**
 * What takes minutes or hours and only waits for somebody else: answers of HolmesGPT. A queue of its own, so that it takes no
 * slots from plans. `kubernaut` serves the same, for what was asked before there was this one.
 */
export const PATIENT_TASK_QUEUE = 'kubernaut.patient';

/** Where the activities of an action are done: a cluster's actions need that cluster's credentials, so each has its own queue. */
export function taskQueueOf(action: Pick<ActionMeta, 'executor' | 'clusterScoped'>, cluster: string): string {
  return action.clusterScoped ? clusterTaskQueue(cluster, action.executor) : MAIN_TASK_QUEUE;
}

/** `kubernaut.<cluster>.<executor>` */
export function clusterTaskQueue(cluster: string, executor: string): string {
  return `${MAIN_TASK_QUEUE}.${cluster}.${executor}`;
}
