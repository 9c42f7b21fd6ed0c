import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { isTaskFailed } from './translate-error';

/** Between two attempts to have an update taken in, in milliseconds. */
const RETRY_MS = 200;

export interface UpdateRequest {
  /** Of the update. */
  name: string;
  request: object;
  /** Makes it idempotent: sent twice under one id, it happens once and has one answer. Default: an id of its own. */
  requestId?: string;
  /** Until when it is sent again, in milliseconds since 1970. */
  until: number;
}

/**
 * Returns what the workflow answers. The server turns an update down (FAILED_PRECONDITION) when the workflow task that was to
 * take it in failed, which happens to a task that would have ended the run while something else arrived. The id makes it safe
 * to send it again.
 */
export async function sendUpdate(
  handle: WorkflowHandle,
  { name, request, requestId, until }: UpdateRequest,
): Promise<unknown> {
  const updateId = requestId ?? randomUUID();
  for (;;) {
    try {
      return await handle.executeUpdate<unknown, [object]>(name, { args: [request], updateId });
    } catch (error) {
      if (!isTaskFailed(error) || Date.now() + RETRY_MS >= until) throw error;
      await sleep(RETRY_MS);
    }
  }
}
