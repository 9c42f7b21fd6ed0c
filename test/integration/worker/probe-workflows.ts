import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  type ActivityOptions,
  workflowInfo,
} from '@temporalio/workflow';
import type { Effect, Validation } from '../../../plan/step-io';

/** Calls `probe.execute` by its name, as a remediation would. */
export async function probe(
  stepId: string,
  params: Record<string, string | number>,
  options: ActivityOptions & { deadlineMs?: number } = {},
): Promise<Effect> {
  const { deadlineMs, ...overrides } = options;
  const activities = proxyActivities<Record<string, (input: unknown) => Promise<Effect>>>({
    startToCloseTimeout: '30s',
    heartbeatTimeout: '3s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { maximumAttempts: 2, initialInterval: '10ms' },
    ...overrides,
  });
  const validation: Validation = { before: {}, diff: [], warnings: [], summary: 'probe', noEffect: false };
  return activities['probe.execute']!({
    step: {
      operationId: `op/${stepId}`,
      stepId,
      cluster: 'none',
      action: 'probe',
      params,
      ...(deadlineMs !== undefined && { deadline: new Date(Date.now() + deadlineMs).toISOString() }),
    },
    validation,
  });
}

/** Asks the local activity `plan.check`, as a remediation does first of all. */
export async function checkPlan(plan: unknown): Promise<unknown> {
  const activities = proxyLocalActivities<Record<string, (input: unknown) => Promise<unknown>>>({
    startToCloseTimeout: '10s',
  });
  return activities['plan.check']!({ plan });
}

/** Calls `wait.execute` on another queue, as an activity. */
export async function waitThere(taskQueue: string, ms: number): Promise<Effect> {
  const activities = proxyActivities<Record<string, (input: unknown) => Promise<Effect>>>({
    taskQueue,
    startToCloseTimeout: '30s',
    heartbeatTimeout: '5s',
  });
  const until = new Date(Date.now() + ms).toISOString();
  const step = {
    operationId: `${workflowInfo().workflowId}/wait`,
    stepId: 'wait',
    action: 'wait',
    cluster: 'none',
    params: { until },
  };
  const validation = { before: { until }, diff: [], warnings: [], summary: 'wait', noEffect: false };
  return activities['wait.execute']!({ step, validation });
}
