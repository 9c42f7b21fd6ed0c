import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { callerOf } from '../../../activities/cluster/user-agent';
import { listQuery } from '../../visibility';
import { AuditKind, type AuditRecord } from '../../../activities/audit/reader/audit-record';
import { readAudit } from '../../../activities/audit/reader/read-audit';
import type { ApiCall } from './api-call';
import type { RunRecords } from './reconcile';

/** So many histories are read at once. */
const PARALLEL = 12;
/** Visibility's clock is Temporal's, the log's is the API server's. */
const MARGIN_MS = 60_000;

export interface CollectOptions {
  /** Milliseconds. */
  period: { from: number; until: number };
  onRun?: (runs: number) => void;
}

interface Wanted {
  client: Client;
  workflowId: string;
  runId?: string;
}

/**
 * Reads the histories of all remediations that were under way in the period, and of whatever other workflow the requests name:
 * an incident asks by actions, too. Only what can explain a request is kept of each. One client for each Temporal namespace.
 */
export async function collectRuns(
  clients: readonly Client[],
  calls: readonly ApiCall[],
  options: CollectOptions,
): Promise<RunRecords[]> {
  const wanted: Wanted[] = [];
  for (const client of clients) wanted.push(...(await listed(client, options)));
  const known = new Set(wanted.map(({ workflowId }) => workflowId));
  for (const workflowId of namedBy(calls)) {
    if (!known.has(workflowId)) wanted.push(...clients.map((client) => ({ client, workflowId })));
  }
  const runs: RunRecords[] = [];
  let next = 0;
  const reader = async (): Promise<void> => {
    for (let one = wanted[next++]; one !== undefined; one = wanted[next++]) {
      const records = await actsOf(one);
      if (records.length > 0) runs.push({ workflowId: one.workflowId, records });
      options.onRun?.(next);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, reader));
  return runs;
}

async function listed(client: Client, { period }: CollectOptions): Promise<Wanted[]> {
  const iso = (at: number) => new Date(at).toISOString();
  const begun = `${listQuery()} AND StartTime <= '${iso(period.until + MARGIN_MS)}'`;
  const ended = `CloseTime >= '${iso(period.from - MARGIN_MS)}'`;
  const found = new Map<string, Wanted>();
  for (const query of [`${begun} AND ExecutionStatus = 'Running'`, `${begun} AND ${ended}`]) {
    for await (const { workflowId, runId, status } of client.workflow.list({ query, pageSize: 500 })) {
      // The last run of a remediation leads back to its first.
      if (status.name !== 'CONTINUED_AS_NEW') found.set(runId, { client, workflowId, runId });
    }
  }
  return [...found.values()];
}

/** Workflows whose operations made requests: `<workflowId>/<stepId>`. */
function namedBy(calls: readonly ApiCall[]): Set<string> {
  const ids = calls.flatMap(({ userAgent }) => {
    const caller = callerOf(userAgent);
    if (caller?.kind !== 'operation') return [];
    const { id } = caller.operation;
    return [id.slice(0, Math.max(0, id.lastIndexOf('/')))];
  });
  return new Set(ids.filter((id) => id !== ''));
}

async function actsOf({ client, workflowId, runId }: Wanted): Promise<AuditRecord[]> {
  try {
    const records = await readAudit(client, workflowId, runId);
    return records.filter(({ kind, operation }) => kind === AuditKind.activity && operation !== undefined);
  } catch (error) {
    // Past retention: then its requests stay unexplained, and are named.
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}
