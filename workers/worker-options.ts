import type { WorkerOptions } from '@temporalio/worker';
import type { CreateWorkersOptions } from './create-workers';
import { noMeasureSinks } from './measure-sink';
import type { Queue } from './queues';
import { slotOptions } from './slots';
import { activityTracing, workflowSpans } from './traced-worker';
import { workflowBundling } from './workflow-bundling';

/** Cancels, pauses and shutdowns reach an activity in the answer to a heartbeat, so this bounds how late they arrive. */
const HEARTBEAT_THROTTLE_MS = 2_000;

/** What the SDK is told of the worker of a queue. */
export function workerOptions(queue: Queue, options: CreateWorkersOptions): WorkerOptions {
  const { taskQueue, workflows, activities } = queue;
  const tuning = options.tuning ?? {};
  const perSecond = tuning.activitiesPerSecond?.[taskQueue];
  const sources = workflows && 'workflowsPath' in workflows ? workflowBundling(workflows.workflowsPath) : undefined;
  return {
    connection: options.connection,
    namespace: options.namespace,
    taskQueue,
    activities,
    ...(workflows !== undefined && 'bundlePath' in workflows && { workflowBundle: { codePath: workflows.bundlePath } }),
    ...(sources && {
      workflowsPath: sources.workflowsPath,
      bundlerOptions: { preloadModules: sources.preloadModules },
    }),
    ...(workflows !== undefined && {
      sinks: { ...(options.sinks ?? noMeasureSinks), ...workflowSpans(options.tracing) },
    }),
    interceptors: {
      ...(options.tracing && { activity: [activityTracing(options.tracing)] }),
      // A bundle has them already.
      ...(sources && { workflowModules: sources.workflowInterceptorModules }),
    },
    ...(options.dataConverter && { dataConverter: options.dataConverter }),
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
    defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
    ...slotOptions(
      {
        activities: slotsOf(queue, options),
        workflowTasks: workflows && tuning.maxConcurrentWorkflowTaskExecutions,
      },
      tuning.machine,
    ),
    ...defined({
      maxCachedWorkflows: workflows && tuning.maxCachedWorkflows,
      maxTaskQueueActivitiesPerSecond: perSecond,
      shutdownGraceTime: tuning.shutdownGraceTime,
      shutdownForceTime: tuning.shutdownForceTime,
    }),
  };
}

/** Activities at once: of the queue's executors, as the settings say. */
function slotsOf({ executors, slots }: Queue, { registry, tuning = {} }: CreateWorkersOptions): number | undefined {
  const { maxConcurrentActivitiesOf: own = {}, maxConcurrentActivityTaskExecutions: otherwise } = tuning;
  const named = Object.entries(own).flatMap(([name, slots]) =>
    executors.includes(registry.executorType(name)) ? [slots] : [],
  );
  return named.length > 0 ? Math.max(...named) : (slots ?? otherwise);
}

/** The SDK takes an explicit `undefined` for a value, not for "the default". */
function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
