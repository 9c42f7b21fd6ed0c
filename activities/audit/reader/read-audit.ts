import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { decrypt, readableHistory } from '../../encryption/readable-history';
import { auditOfHistory, type PendingActivity, type RunHistory } from './audit-of-history';
import type { AuditRecord } from './audit-record';
import { failureOf } from './history-event';

/**
 * Reads the whole history of a workflow, backwards from its last run to its first, and derives the audit. Earlier runs
 * past the namespace's retention show as one `gap` record. `lastRunId`: of an id that was used again, the run to end with.
 *
 * @throws WorkflowNotFoundError when there is no such workflow
 */
export async function readAudit(client: Client, workflowId: string, lastRunId?: string): Promise<AuditRecord[]> {
  const description = await client.workflow.getHandle(workflowId, lastRunId).describe();
  const runs: RunHistory[] = [];
  let runId: string | undefined = description.runId;
  while (runId !== undefined) {
    const run: RunHistory | undefined = await readRun(client, workflowId, runId, runs.length > 0);
    if (run === undefined) break;
    runs.unshift(run);
    runId = run.events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
  }
  const { pendingActivities } = description.raw;
  await decrypt(client, pendingActivities ?? []);
  const pending: PendingActivity[] = (pendingActivities ?? []).map((activity) => ({
    activityId: activity.activityId ?? '',
    attempt: activity.attempt ?? 1,
    lastFailure: failureOf(activity.lastFailure),
  }));
  return auditOfHistory(runs, pending);
}

async function readRun(
  client: Client,
  workflowId: string,
  runId: string,
  mayBeGone: boolean,
): Promise<RunHistory | undefined> {
  try {
    const history = await readableHistory(client, workflowId, runId);
    return { runId, events: history.events ?? [] };
  } catch (error) {
    if (mayBeGone && error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
