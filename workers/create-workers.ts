import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { Worker, type InjectedSinks, type NativeConnection, type WorkerStatus } from '@temporalio/worker';
import type { ActionObserver } from '../activities/action-observer';
import type { ActionResources } from '../activities/action-context';
import type { Clock } from '../activities/contract';
import type { InvestigationActivitiesOptions } from '../activities/investigation/investigate';
import type { AuditSettings } from '../config/sections/audit';
import type { ApprovalSettings } from '../config/sections/approval';
import type { PolicyService } from '../activities/policy/policy-activities';
import type { IncidentActivitiesOptions } from '../activities/incident/activities';
import type { ActionRegistry } from '../activities/registry';
import { systemClock } from '../activities/clock';
import type { Tracing } from '../activities/tracing/open-tracing';
import { TemporalBrake } from '../activities/stop/brake';
import { ConfigMapSwitch, type ConfigMapPlace } from '../activities/stop/config-map-switch';
import type { GuardSettings } from '../plan/guard/settings';
import { clusterTaskQueue } from '../plan/task-queues';
import type { MeasureSinks } from '../workflows/run-measures';
import { taskQueues } from './queues';
import type { MachineShare } from './slots';
import { workerOptions } from './worker-options';

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
  for (const queue of taskQueues(options, brake, client)) {
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

function clientOf({ connection, namespace, dataConverter }: CreateWorkersOptions): Client {
  return new Client({ connection, namespace, ...(dataConverter && { dataConverter }) });
}
