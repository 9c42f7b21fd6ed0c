import type { Client } from '@temporalio/client';
import { type EndedRun, SWEEP_OVERLAP_MS, type SweepResult } from '../../plan/audit/export';
import { WorkflowType } from '../../plan/steering';

/** So much of the past is listed at once. */
const WINDOW_MS = 3_600_000;
/** So many runs are handed on at once. */
const MAX_RUNS = 500;
/** What ended just now may not be visible yet. */
const SETTLE_MS = 5_000;

/** Finds remediations by when they ended, from a little before `since`, or from the beginning of what the namespace keeps. */
export async function sweep(
  client: Client,
  { since, now, heartbeat }: { since?: string | undefined; now: number; heartbeat: () => void },
): Promise<Omit<SweepResult, 'everyMs'>> {
  const end = now - SETTLE_MS;
  let from = since === undefined ? await beginning(client, now) : Date.parse(since) - SWEEP_OVERLAP_MS;
  const found: EndedRun[] = [];
  while (from < end && found.length < MAX_RUNS) {
    heartbeat();
    const until = Math.min(from + WINDOW_MS, end);
    found.push(...(await endedWithin(client, from, until)));
    from = until;
  }
  found.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const last = found[MAX_RUNS - 1];
  // Further ones of the same instant are found by the overlap.
  if (found.length > MAX_RUNS) return { runs: found.slice(0, MAX_RUNS), until: laterThan(last!.at, since), more: true };
  return { runs: found, until: new Date(from).toISOString(), more: from < end };
}

/** More of one instant than are handed on at once must not make it stand still. */
function laterThan(at: string, since: string | undefined): string {
  const least = since === undefined ? 0 : Date.parse(since) + 1;
  return new Date(Math.max(Date.parse(at) + SWEEP_OVERLAP_MS, least)).toISOString();
}

async function endedWithin(client: Client, from: number, until: number): Promise<EndedRun[]> {
  const [first, last] = [from, until].map((at) => new Date(at).toISOString());
  const ended = `CloseTime >= '${first}' AND CloseTime < '${last}'`;
  const query = `WorkflowType = '${WorkflowType.remediation}' AND ExecutionStatus != 'Running' AND ${ended}`;
  const runs: EndedRun[] = [];
  for await (const { workflowId, runId, status, closeTime } of client.workflow.list({ query, pageSize: 500 })) {
    // The last run of a remediation stands for all of them.
    if (status.name === 'CONTINUED_AS_NEW') continue;
    runs.push({ workflowId, runId, at: (closeTime ?? new Date(until)).toISOString() });
  }
  return runs;
}

async function beginning(client: Client, now: number): Promise<number> {
  const { config } = await client.workflowService.describeNamespace({ namespace: client.options.namespace });
  const retention = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) * 1000;
  return now - retention - WINDOW_MS;
}
