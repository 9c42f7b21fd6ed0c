import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { ActionRegistry } from '../../../activities/registry';
import { customActions } from '../../../activities/executors/custom';
import type { ActionDefinition } from '../../../activities/contract';
import type { ActionResources, ServedCluster } from '../../../activities/action-context';
import type { PolicyService } from '../../../activities/policy/policy-activities';
import { loadPlugins } from '../../../activities/plugins';
import { Remediations } from '../../../client/remediations';
import type { RemediationInfo } from '../../../client/visibility';
import type { HolmesGptSettings } from '../../../config/sections/holmesgpt';
import type { Tracing } from '../../../activities/tracing/open-tracing';
import type { GuardSettings } from '../../../plan/guard/settings';
import type { IncidentSettings } from '../../../plan/incident';
import type { Playbook } from '../../../plan/incident/playbook';
import type { RemediationStatus } from '../../../plan/steering';
import { createWorkers, type Workers, type WorkerTuning } from '../../../workers/create-workers';
import type { AuditSettings } from '../../../config/sections/audit';
import type { ApprovalSettings } from '../../../config/sections/approval';
import { registerSearchAttributes } from '../../../activities/search-attributes';
import { testEnvironment } from '../../setup/environment';
import { UNCACHED_PREFIX } from '../../setup/uncached-prefix';
import { waitFor } from '../../setup/wait-for';

export interface LabOptions {
  actions: ActionDefinition[];
  clusters?: ReadonlyMap<string, ServedCluster>;
  /** Absolute paths of plugin modules. */
  plugins?: readonly string[];
  /** As kubernaut.yaml would say for a cluster. Default: what an empty file gives. */
  settingsFor?: ActionResources['settingsFor'];
  /** Policies in force. Default: none is asked. */
  policy?: PolicyService;
  /** ConfigMap read as the kill switch. Default: none. */
  stopConfigMap?: { namespace: string; name: string };
  /** Whose decisions count. Default: everybody's. */
  approval?: ApprovalSettings;
  tuning?: WorkerTuning;
  /** Default: none; plans of tests share targets and clusters, and should not wait for each other. */
  guards?: GuardSettings;
  /** Where audits go. Default: nowhere. */
  audit?: AuditSettings;
  /** Default: nobody is asked. */
  holmesgpt?: HolmesGptSettings;
  /** Default: what an empty file gives. */
  incidents?: IncidentSettings;
  /** Default: nothing is traced. */
  tracing?: Tracing;
  /** Default: none. */
  playbooks?: readonly Playbook[];
  /** Default: nothing is encrypted. */
  dataConverter?: DataConverter;
  /** Default: the server that all tests share. */
  temporalAddress?: string;
  /** Start a worker in this process. Default true. */
  worker?: boolean;
}

/** The suite is run twice: as it is, and replaying every workflow task from the start of its history. */
export const replayEverything = process.env['KUBERNAUT_TEST_ALWAYS_REPLAY'] === '1';

/** Without a workflow cache each answer costs a replay of the whole history. Milliseconds. */
export const WITHOUT_CACHE_MS = 90_000;
/** On a busy machine a workflow task may be lost, and is given out again after ten seconds. */
const patience = { callTimeoutMs: replayEverything ? WITHOUT_CACHE_MS : 45_000 };

/** The SDK's runtime is one per process and cannot be installed twice. */
let quiet = false;
function quietRuntime(): void {
  if (!quiet) Runtime.install({ logger: new DefaultLogger('ERROR') });
  quiet = true;
}

/** A Temporal namespace of its own with a worker of its own, so that no test shares a task queue with another. */
export class Lab {
  private workers: Workers | undefined;
  private running: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: LabOptions,
    private readonly native: NativeConnection,
    private readonly connection: Connection,
    readonly namespace: string,
    readonly client: Client,
    readonly remediations: Remediations,
  ) {}

  static async open(options: LabOptions): Promise<Lab> {
    quietRuntime();
    const address = options.temporalAddress ?? testEnvironment().temporalAddress;
    const native = await NativeConnection.connect({ address });
    const connection = await Connection.connect({ address });
    const namespace = `${replayEverything ? UNCACHED_PREFIX : ''}lab-${randomUUID().slice(0, 8)}`;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(86_400_000),
    });
    // The frontend learns of a new namespace with its next refresh.
    await waitFor(
      () =>
        registerSearchAttributes(connection, namespace).then(
          () => true,
          () => false,
        ),
      (registered) => registered,
      { timeout: 30_000, what: `namespace ${namespace}` },
    );
    const client = new Client({
      connection,
      namespace,
      ...(options.dataConverter && { dataConverter: options.dataConverter }),
    });
    const lab = new Lab(options, native, connection, namespace, client, new Remediations(client, patience));
    if (options.worker !== false) await lab.startWorker();
    return lab;
  }

  async startWorker(): Promise<void> {
    const registry = new ActionRegistry().register(...customActions, ...this.options.actions);
    loadPlugins(registry, this.options.plugins ?? []);
    this.workers = await createWorkers({
      connection: this.native,
      namespace: this.namespace,
      registry,
      clusters: this.options.clusters ?? new Map(),
      ...(this.options.settingsFor && { settingsFor: this.options.settingsFor }),
      ...(this.options.stopConfigMap && { stopConfigMap: this.options.stopConfigMap }),
      ...(this.options.approval && { approval: this.options.approval }),
      ...(this.options.audit && { audit: this.options.audit }),
      ...(this.options.guards && { guards: this.options.guards }),
      ...(this.options.holmesgpt && { holmesgpt: this.options.holmesgpt }),
      ...(this.options.incidents && { incidents: this.options.incidents }),
      ...(this.options.playbooks && { playbooks: this.options.playbooks }),
      ...(this.options.policy && { policy: this.options.policy }),
      ...(this.options.dataConverter && { dataConverter: this.options.dataConverter }),
      ...(this.options.tracing && { tracing: this.options.tracing }),
      workflows: this.options.dataConverter
        ? { workflowsPath: join(__dirname, '..', '..', '..', 'workflows', 'index.ts') }
        : { bundlePath: testEnvironment().workflowBundlePath! },
      tuning: { ...(replayEverything && { maxCachedWorkflows: 0 }), ...this.options.tuning },
    });
    this.running = this.workers.run();
  }

  async stopWorker(): Promise<void> {
    this.workers?.shutdown();
    await this.running;
    this.workers = undefined;
  }

  async close(): Promise<void> {
    await this.stopWorker();
    await this.connection.close();
    await this.native.close();
  }

  /** Waits until the run's status is as wished; fails with the last status seen. */
  until(id: string, wished: (status: RemediationStatus) => boolean): Promise<RemediationStatus> {
    return waitFor(() => this.remediations.status(id), wished, {
      timeout: 60_000,
      interval: replayEverything ? 500 : 50,
      what: `status of ${id}`,
    });
  }

  /** Waits until the server tells this state of the run: a query is answered before its workflow task is recorded. */
  untilState(id: string, state: RemediationInfo['state']): Promise<RemediationInfo> {
    return waitFor(
      () => this.remediations.get(id),
      (info) => info.state === state,
      { timeout: 60_000, what: `state of ${id}` },
    );
  }

  /** Types of the events of the run's history, in order. */
  async events(id: string): Promise<string[]> {
    const { events } = await this.client.workflow.getHandle(id).fetchHistory();
    return (events ?? []).map((event) => Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? '');
  }
}
