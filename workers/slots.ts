import type { WorkerOptions } from '@temporalio/worker';

/** How many tasks one worker, of one task queue, does at once. */
export interface Slots {
  /** Default: the SDK's (100). */
  activities?: number | undefined;
  /** Default: the SDK's (40). */
  workflowTasks?: number | undefined;
}

/** How full the machine (or the container, by its cgroup) may get before further activities wait; 0–1 each. */
export interface MachineShare {
  memory: number;
  cpu: number;
  /** Activities of each queue that are begun however full it is: no queue can be kept out by others. Default 5. */
  minimum?: number;
}

const SDK_SLOTS = { activities: 100, workflowTasks: 40, localActivities: 100, nexusTasks: 100 };
/** Between two activities beyond the minimum, so that the first has begun to cost something. */
const RAMP_THROTTLE_MS = 50;

/**
 * The SDK's options for it. Each queue has slots of its own, up to a fixed number: what waits in an activity uses next to
 * nothing, so by what the machine has left alone, a hundred that wait would look like room for more, and those of one executor
 * would leave none for another. With `machine` fewer are begun when it gets full, but never fewer than its minimum.
 */
export function slotOptions(slots: Slots, machine: MachineShare | undefined): WorkerOptionsPart {
  const { activities, workflowTasks } = slots;
  if (machine === undefined) {
    return {
      ...(activities !== undefined && { maxConcurrentActivityTaskExecutions: activities }),
      ...(workflowTasks !== undefined && { maxConcurrentWorkflowTaskExecutions: workflowTasks }),
    };
  }
  const maximum = activities ?? SDK_SLOTS.activities;
  const fixed = (numSlots: number) => ({ type: 'fixed-size' as const, numSlots });
  return {
    tuner: {
      workflowTaskSlotSupplier: fixed(workflowTasks ?? SDK_SLOTS.workflowTasks),
      activityTaskSlotSupplier: {
        type: 'resource-based',
        tunerOptions: { targetMemoryUsage: machine.memory, targetCpuUsage: machine.cpu },
        minimumSlots: Math.min(machine.minimum ?? 5, maximum),
        maximumSlots: maximum,
        rampThrottle: RAMP_THROTTLE_MS,
      },
      // Plan checks, policies and messages to guards: short, and everything waits for them.
      localActivityTaskSlotSupplier: fixed(SDK_SLOTS.localActivities),
      nexusTaskSlotSupplier: fixed(SDK_SLOTS.nexusTasks),
    },
  };
}

type WorkerOptionsPart = Pick<
  WorkerOptions,
  'tuner' | 'maxConcurrentActivityTaskExecutions' | 'maxConcurrentWorkflowTaskExecutions'
>;
