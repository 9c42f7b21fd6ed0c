import type { Client } from '@temporalio/client';
import type { ActionRegistry } from '../../../activities/registry';
import { USER_AGENT } from '../../../activities/cluster/version';
import { collectRuns } from './collect-runs';
import { readAuditLog } from './read-audit-log';
import { reconcile, type ReconcileOptions, type ReconcileReport, type RunRecords } from './reconcile';
import { writesCluster } from './writes-cluster';

export interface ReconcileLogOptions extends Pick<ReconcileOptions, 'users' | 'callers' | 'clusters' | 'skewMs'> {
  /** The API server's audit log; files that it was rotated into are found beside it. */
  log: string;
  /** One for each Temporal namespace in which remediations of this cluster run. */
  clients: readonly Client[];
  /** Runs that were read before, from a server that is gone by now. Default: none. */
  runs?: readonly RunRecords[];
  registry: ActionRegistry;
  onRun?: (runs: number) => void;
}

export interface ReconciledLog extends ReconcileReport {
  /** ISO 8601: what the log covers. */
  period: { from: string; until: string };
  /** Workflows whose histories were read and have actions. */
  runs: number;
}

/**
 * Reads the log and the histories of its period, and holds them against each other.
 *
 * @throws ClientError when the log cannot be read
 */
export async function reconcileLog(options: ReconcileLogOptions): Promise<ReconciledLog> {
  const { log, clients, registry, users, onRun } = options;
  const ours = `"${USER_AGENT.split('/')[0]}/`;
  const { calls, period = { from: 0, until: 0 } } = await readAuditLog(log, [ours, ...users]);
  const runs = [...(options.runs ?? []), ...(await collectRuns(clients, calls, { period, onRun }))];
  const report = reconcile(calls, runs, { ...options, period, writes: writesCluster(registry) });
  const iso = (at: number) => new Date(at).toISOString();
  return { ...report, period: { from: iso(period.from), until: iso(period.until) }, runs: runs.length };
}
