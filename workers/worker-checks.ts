import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { exportStatus, judgeExport } from '../activities/audit/export-status';
import type { ConnectedCluster } from '../activities/cluster/connect';
import { createHolmesClient } from '../activities/investigation/holmes-client';
import { monitoringProbes } from '../activities/executors/monitoring/api/probe';
import type { PolicyStore } from '../activities/policy/policy-store';
import { environmentSecrets } from '../activities/secrets';
import type { HolmesGptSettings } from '../config/sections/holmesgpt';
import type { MonitoringSettings } from '../config/sections/monitoring';
import type { Workers } from './create-workers';
import type { Check } from './readiness';

/** Sooner than whoever asks gives up. */
const PROBE_MS = 4_000;

export interface WorkerParts {
  connection: NativeConnection;
  clusters: ReadonlyMap<string, ConnectedCluster>;
  workers: Workers;
  policies: PolicyStore;
  /** Absent: none is configured, and none is named in the answer. */
  holmesgpt: HolmesGptSettings | undefined;
  client: Client;
  /** Names of the sinks of audits. */
  auditSinks: readonly string[];
  /** Of each cluster that has any. */
  monitoring: readonly { cluster: string; settings: MonitoringSettings }[];
}

/** What `/readyz` and `kubernaut_component_ready` tell of a worker, each with its reason. */
export function workerChecks(parts: WorkerParts): Check[] {
  const { policies, holmesgpt, monitoring } = parts;
  return [
    ...ownChecks(parts),
    policyCheck(policies),
    ...monitoring.flatMap(monitoringChecks),
    ...(holmesgpt ? [holmesCheck(holmesgpt)] : []),
    ...parts.auditSinks.map((sink) => auditCheck(parts.client, sink)),
  ];
}

/** Broken files do not make the worker unready: it goes on with the last good ones, but says so. */
export function policyCheck(policies: PolicyStore): Check {
  return {
    component: 'policies',
    required: false,
    async probe() {
      const { problem, current } = policies;
      const version = current.version.slice(0, 19);
      if (problem !== undefined) throw new Error(`${version} stays in force, since ${problem}`);
      return `${version} in force`;
    },
  };
}

/** Remediations go on without it, and nothing is lost; but somebody must see to the sink. */
export function auditCheck(client: Client, sink: string): Check {
  return {
    component: `audit sink ${sink}`,
    required: false,
    probe: async () => judgeExport(await exportStatus(client, sink, PROBE_MS), Date.now()),
  };
}

/** Only its own actions and conditions need it. */
function monitoringChecks({ cluster, settings }: WorkerParts['monitoring'][number]): Check[] {
  return monitoringProbes(settings).map(({ server, probe }) => ({
    component: `${server} of ${cluster}`,
    required: false,
    async probe() {
      await probe(environmentSecrets(), PROBE_MS);
      return 'answers';
    },
  }));
}

/** Plans can be carried out without it. No question is asked: that would cost money. */
function holmesCheck(settings: HolmesGptSettings): Check {
  return {
    component: 'holmesgpt',
    required: false,
    async probe() {
      const client = createHolmesClient(settings, environmentSecrets());
      await client.capabilities(AbortSignal.timeout(PROBE_MS));
      return 'answers';
    },
  };
}

function ownChecks({ connection, clusters, workers }: WorkerParts): Check[] {
  return [
    {
      component: 'temporal',
      async probe() {
        await connection.withDeadline(Date.now() + 4_000, () => connection.workflowService.getSystemInfo({}));
        return 'answers';
      },
    },
    ...workers.status().map(({ taskQueue }) => ({
      component: `task queue ${taskQueue}`,
      async probe() {
        const state = workers.status().find((status) => status.taskQueue === taskQueue)?.status.runState;
        if (state !== 'RUNNING') throw new Error(`the worker is ${state}`);
        return 'polled';
      },
    })),
    ...[...clusters].map(([name, cluster]) => ({
      component: `cluster ${name}`,
      async probe() {
        // Asking what one may do is a call that every authenticated account may make, and nothing caches its answer.
        await cluster.missingPermissions([{ apiGroup: '', resource: 'pods', verbs: ['get'] }]);
        return 'answers';
      },
    })),
  ];
}
