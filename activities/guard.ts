import { Context } from '@temporalio/activity';
import { QueryRejectedError, WorkflowClient, WorkflowNotFoundError, type Client } from '@temporalio/client';
import {
  GuardActivity,
  GuardQuery,
  GuardSignal,
  guardWorkflowId,
  type GuardedScope,
  type GuardReleaseInput,
  type GuardRequestInput,
  type HoldsQuestion,
} from '../plan/guard/messages';
import { KubernautError } from '../plan/errors';
import { MAIN_TASK_QUEUE } from '../plan/task-queues';
import { WorkflowType } from '../plan/steering';
import type { Activities } from './activity-runtime';
import { toFailure } from './failure';

type Runs = { holder: string; runId: string }[];

/**
 * How remediations and guards reach each other: a workflow can signal another, but not start it, so the first word to a
 * guard is passed on by an activity. All are safe to do twice: a guard counts by holder and run.
 */
export function createGuardActivities(client: () => Client = () => Context.current().client): Activities {
  return {
    [GuardActivity.request]: ({ scope, request }: GuardRequestInput) =>
      passing(GuardActivity.request, async () => {
        await client().workflow.signalWithStart(WorkflowType.guard, {
          workflowId: guardWorkflowId(scope),
          taskQueue: MAIN_TASK_QUEUE,
          args: [{ scope }],
          signal: GuardSignal.request,
          signalArgs: [request],
          staticSummary: scope,
        });
      }),
    [GuardActivity.release]: ({ releases }: GuardReleaseInput) =>
      passing(GuardActivity.release, async () => {
        await Promise.all(
          releases.map(async ({ scope, release }) => {
            const handle = client().workflow.getHandle(guardWorkflowId(scope));
            // A guard that is no longer there holds nothing.
            await handle.signal(GuardSignal.release, release).catch(unlessGone);
          }),
        );
      }),
    [GuardActivity.holders]: ({ holders }: { holders: Runs }) =>
      passing(GuardActivity.holders, async () => {
        const checked = await Promise.all(holders.map(async (one) => ((await lives(client(), one)) ? [] : [one])));
        return { ended: checked.flat() };
      }),
  };
}

/** Ended is: closed in whatever way, deleted, or another run under the same id. */
async function lives(client: Client, { holder, runId }: Runs[number]): Promise<boolean> {
  try {
    const { status, raw } = await client.workflow.getHandle(holder).describe();
    const first = raw.workflowExecutionInfo?.firstRunId;
    return status.name === 'RUNNING' && (!first || first === runId);
  } catch (error) {
    unlessGone(error);
    return false;
  }
}

/**
 * Fencing, right before a step acts: a guard that was taken away is noticed although nobody could tell the run.
 *
 * @throws {KubernautError} `GUARD_LOST` when another token is valid by now · `UNAVAILABLE` when the guard does not answer
 */
export async function checkFence(client: Client, holder: string, guards: readonly GuardedScope[]): Promise<void> {
  await Promise.all(
    guards.map(async ({ scope, token }) => {
      if (await holds(client, scope, { holder, token })) return;
      throw new KubernautError('GUARD_LOST', `${holder} does not hold ${scope} any more (token ${token})`);
    }),
  );
}

async function holds(client: Client, scope: string, question: HoldsQuestion): Promise<boolean> {
  try {
    const { connection, options } = client.workflow;
    // An ended workflow answers queries, too, from the state in which it ended.
    const open = new WorkflowClient({ ...options, connection, queryRejectCondition: 'NOT_OPEN' });
    const handle = open.getHandle(guardWorkflowId(scope));
    return await client.withDeadline(Date.now() + 10_000, () =>
      handle.query<boolean, [HoldsQuestion]>(GuardQuery.holds, question),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof QueryRejectedError) return false;
    throw new KubernautError('UNAVAILABLE', `the guard ${scope} does not answer`, { cause: error });
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

async function passing<T>(what: string, pass: () => Promise<T>): Promise<T> {
  try {
    return await pass();
  } catch (error) {
    throw toFailure(new KubernautError('UNAVAILABLE', `${what}: Temporal does not answer`, { cause: error }), what);
  }
}
