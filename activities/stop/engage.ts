import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { WorkflowType } from '../../plan/steering';
import {
  STOP_TEXT_LIMITS,
  stopScopeText,
  StopSignal,
  stopWorkflowId,
  type ReleaseRequest,
  type StopInput,
  type StopScope,
} from '../../plan/stop/stop-order';

/**
 * Engages a switch; no worker is needed for it to hold. false: it was engaged already, and stays as it was.
 *
 * No search attributes: a switch must also engage in a namespace that does not have them yet.
 */
export async function engageStop(
  client: Pick<Client, 'workflow'>,
  scope: StopScope,
  order: Pick<StopInput, 'by' | 'reason'>,
  taskQueue: string,
): Promise<boolean> {
  const by = order.by.slice(0, STOP_TEXT_LIMITS.by);
  const reason = order.reason.slice(0, STOP_TEXT_LIMITS.reason);
  try {
    await client.workflow.start(WorkflowType.stop, {
      workflowId: stopWorkflowId(scope),
      taskQueue,
      args: [{ by, reason } satisfies StopInput],
      // A switch that was released can be engaged again under its id.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      memo: { by, reason, since: new Date().toISOString() },
      staticSummary: `kill switch, ${stopScopeText(scope)}: ${reason}`.slice(0, 200),
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** false: it was not engaged. */
export async function releaseStop(
  client: Pick<Client, 'workflow'>,
  scope: StopScope,
  request: ReleaseRequest,
): Promise<boolean> {
  try {
    await client.workflow.getHandle(stopWorkflowId(scope)).signal(StopSignal.release, request);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
