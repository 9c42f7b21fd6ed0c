import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import { AuditActivity, type EndedRun } from '../plan/audit/export';

const { [AuditActivity.announce]: announce } = proxyLocalActivities<{
  [AuditActivity.announce]: (run: Omit<EndedRun, 'at'>) => Promise<void>;
}>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '1m',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/**
 * Tells the exporters that this run is about to end; whether a sink is up does not matter to it. A word that is lost is in the
 * history as a failed local activity, and the exporters' sweep finds the run all the same.
 */
export async function announceEnd(): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  await announce({ workflowId, runId }).catch(() => undefined);
}
