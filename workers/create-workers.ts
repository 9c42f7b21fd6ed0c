import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import {
  Worker,
  type InjectedSinks,
  type NativeConnection,
  type WorkerOptions,
  type WorkerStatus,
} from '@temporalio/worker';
import type { ActionObserver } from '../activities/action-observer';
import { createActionActivities, type Activities } from '../activities/activity-runtime';
import type { ActionResources } from '../activities/action-context';
import type { ActionDefinition, Clock } from '../activities/contract';
import { createGuardActivities } from '../activities/guard';
import { createDecisionActivities } from '../activities/decision/verify-decision';
import { createPlanActivities } from '../activities/plan-check';
import {
  createInvestigationActivities,
  type InvestigationActivitiesOptions,
} from '../activities/investigation/investigate';
import { createAuditActivities } from '../activities/audit/export-activities';
import type { AuditSettings } from '../config/sections/audit';
import type { ApprovalSettings } from '../config/sections/approval';
import { createPolicyActivities, type PolicyService } from '../activities/policy/policy-activities';
import { IncidentActivity } from '../plan/incident';
import { createIncidentActivities, type IncidentActivitiesOptions } from '../activities/incident/activities';
import { createIncidentClusterActivities } from '../activities/incident/cluster-activities';
import type { ActionRegistry } from '../activities/registry';
import { systemClock } from '../activities/clock';
import type { Tracing } from '../activities/tracing/open-tracing';
import { TemporalBrake } from '../activities/stop/brake';
import { ConfigMapSwitch, type ConfigMapPlace } from '../activities/stop/config-map-switch';
import type { GuardSettings } from '../plan/guard/settings';
import { clusterTaskQueue, MAIN_TASK_QUEUE, PATIENT_TASK_QUEUE } from '../plan/task-queues';
import type { MeasureSinks } from '../workflows/run-measures';
import { noMeasureSinks } from './measure-sink';
import { observedQuestions } from './observed-activities';
import { slotOptions, type MachineShare } from './slots';
import { activityTracing, workflowSpans } from './traced-worker';
import { workflowBundling } from './workflow-bundling';

/** Where the workflow code comes from: the bundle made by the build, or the sources (bundled at start, ~1 s; for development). */
export type WorkflowSource = { bundlePath: string } | { workflowsPath: string };

export interface WorkerTuning {
  /** Activities at once, per task queue. Default: the SDK's (100). */
  maxConcurrentActivityTaskExecutions?: number;
  /** The same for single executors, by type or alias. Of several whose actions share `kubernaut`, the highest counts. */
  maxConcurrentActivitiesOf?: Readonly<Record<string, number>>;
  /** Questions to HolmesGPT at once. Default: as many as other activities. */
  maxConcurrentInvestigations?: number;
  /** How full the machine may get. Default: the numbers alone decide. */
  machine?: MachineShare | undefined;
  maxConcurrentWorkflowTaskExecutions?: number;
  /** 0 replays every workflow task from the start of its history: for tests of determinism. */
  maxCachedWorkflows?: number;
  /** Activities started per second on a task queue, over all its workers (the server holds to it). By queue name. */
  activitiesPerSecond?: Readonly<Record<string, number>>;
  /** How long activities may still run after `shutdown()` before they are told to stop. Default 0: at once. */
  shutdownGraceTime?: number;
  /** When `run()` gives up on activities that do not stop although told to, counted from `shutdown()`. Default: never. */
  shutdownForceTime?: number;
}

export interface CreateWorkersOptions
  extends
    ActionResources,
    Pick<InvestigationActivitiesOptions, 'holmesgpt'>,
    Pick<IncidentActivitiesOptions, 'incidents' | 'playbooks'> {
  connection: NativeConnection;
  namespace: string;
  /** Of the namespace's encryption. Default: nothing is encrypted. */
  dataConverter?: DataConverter;
  /** Every action there is, served here or not: plan checks need the whole catalogue. */
  registry: ActionRegistry;
  /** Absent: the queue `kubernaut` is not polled; only cluster queues are. */
  workflows?: WorkflowSource;
  /** Types or aliases of the executors done for each cluster. Default: all that have actions on cluster objects. */
  executors?: readonly string[];
  /** Absent: no policy is asked, and plans run as they are. */
  policy?: PolicyService;
  /** The ConfigMap that is the kill switch of each cluster, read by workers of the executor `kubernetes`. Default: none. */
  stopConfigMap?: ConfigMapPlace;
  /** Of what becomes of that ConfigMap. */
  log?: (level: 'info' | 'warn', message: string) => void;
  /** Whose decisions count. Default: everybody's, as they say who they are; signed ones are refused for want of keys. */
  approval?: ApprovalSettings;
  /** Where audits go when remediations have ended. Default: nowhere. */
  audit?: AuditSettings;
  tuning?: WorkerTuning;
  /** What runs that begin now are held to. Default: nothing, runs take no guards. */
  guards?: GuardSettings;
  observer?: ActionObserver;
  /** Takes what workflows measure. Default: nobody does. */
  sinks?: InjectedSinks<MeasureSinks>;
  /** Where spans go. Default: nothing is traced. */
  tracing?: Tracing;
  clock?: Clock;
}

/** All workers of this process: one per task queue, over one connection. */
export interface Workers {
  readonly taskQueues: readonly string[];
  /** Resolves when all have drained after `shutdown()`; rejects when one fails, after stopping the others. */
  run(): Promise<void>;
  /** Stop polling; running activities get the grace time, then their signal. Safe to call twice and before `run()`. */
  shutdown(): void;
  /** After `shutdown()`: no task is under way and none is taken any more, though polls may still be open at the server. */
  isIdle(): boolean;
  status(): { taskQueue: string; status: WorkerStatus }[];
}

/** Cancels, pauses and shutdowns reach an activity in the answer to a heartbeat, so this bounds how late they arrive. */
const HEARTBEAT_THROTTLE_MS = 2_000;

/**
 * Workers for `kubernaut` and `kubernaut.patient` (with `workflows`) and for `kubernaut.<cluster>.<executor>` of every cluster and executor.
 *
 * @throws {KubernautError} `ACTION_UNKNOWN` for an executor that does not exist
 * @throws {Error} of the SDK when namespace or bundle do not fit
 */
export async function createWorkers(options: CreateWorkersOptions): Promise<Workers> {
  const workers: { taskQueue: string; worker: Worker }[] = [];
  const client = clientOf(options);
  const brake = new TemporalBrake(client, options.clock);
  for (const queue of taskQueues(options, brake)) {
    workers.push({ taskQueue: queue.taskQueue, worker: await Worker.create(workerOptions(queue, options)) });
  }
  const switches = configMapSwitches(options, workers, brake, client);
  const ended = new AbortController();
  let stopping = false;
  const shutdown = () => {
    stopping = true;
    for (const { worker } of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    taskQueues: workers.map(({ taskQueue }) => taskQueue),
    async run() {
      const running = workers.map(({ worker }) => worker.run());
      const watching = switches.map((one) => one.run(ended.signal));
      // A worker that ends by itself must not leave a process that does only half of its work.
      for (const one of running) one.then(shutdown, shutdown);
      if (stopping) shutdown();
      const results = await Promise.allSettled(running);
      // Not sooner: what still runs must obey.
      ended.abort();
      await Promise.all(watching);
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    shutdown,
    isIdle: () => workers.every(({ worker }) => ['STOPPED', 'FAILED'].includes(worker.getState())),
    status: () => workers.map(({ taskQueue, worker }) => ({ taskQueue, status: worker.getStatus() })),
  };
}

interface Queue {
  taskQueue: string;
  /** Whose actions are done there. */
  executors: readonly string[];
  workflows?: WorkflowSource;
  activities: Activities;
  /** Activities at once, when not those of its executors. */
  slots?: number | undefined;
}

/** Which queues there are and what is done on each. */
function taskQueues(options: CreateWorkersOptions, brake: TemporalBrake): Queue[] {
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
              ...policyActivities(options),
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

function policyActivities(options: CreateWorkersOptions): Activities {
  const { policy, clock = systemClock } = options;
  return policy === undefined ? {} : createPolicyActivities(policy, clientOf(options), clock);
}

function clientOf({ connection, namespace, dataConverter }: CreateWorkersOptions): Client {
  return new Client({ connection, namespace, ...(dataConverter && { dataConverter }) });
}

/** One for each cluster in which this process does actions of the executor that works on its objects. */
function configMapSwitches(
  { clusters, stopConfigMap: place, clock = systemClock, log = () => undefined }: CreateWorkersOptions,
  workers: readonly { taskQueue: string }[],
  brake: TemporalBrake,
  client: Client,
): ConfigMapSwitch[] {
  if (place === undefined) return [];
  return [...clusters].flatMap(([name, cluster]) => {
    const served = workers.some(({ taskQueue }) => taskQueue === clusterTaskQueue(name, 'kubernetes'));
    return served ? [new ConfigMapSwitch({ name, cluster, place, brake, client, clock, log })] : [];
  });
}

function clusterExecutors(registry: ActionRegistry): string[] {
  return registry.list().flatMap((action) => (action.clusterScoped ? [action.executor] : []));
}

function workerOptions(queue: Queue, options: CreateWorkersOptions): WorkerOptions {
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
