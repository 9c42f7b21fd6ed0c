import { createHash } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import stringify from 'safe-stable-stringify';
import type { RemediationPlan } from '../plan/model';
import { type RemediationInput, WorkflowType } from '../plan/steering';
import { ClientError, ClientErrorKind } from './errors';
import { type ActionLookup, staticDetails, staticSummary } from './plan-summary';
import { idPrefix, nextNumber } from './remediation-id';
import { initialAttributes } from './search-attributes';
import { idPrefixQuery } from './visibility';

export interface StartContext {
  client: Client;
  taskQueue: string;
  actions: ActionLookup | undefined;
}

export interface Started {
  id: string;
  /** Of the first run, should it continue as new. */
  runId: string;
  /** true: a run of this id and plan was there before; nothing was started. */
  attached: boolean;
}

/** Memo that tells an idempotent second start from a clash of ids. */
const planHashMemo = 'KubernautPlanHash';

/** Collisions in a row before the free number is looked up anew; keeps 100 starts at once from walking 100 numbers each. */
const collisionsPerLookup = 5;
const attempts = 200;

/** Starts the plan under the id given, or under the next free number of its prefix. */
export async function startRemediation(context: StartContext, plan: RemediationPlan, id?: string): Promise<Started> {
  return id === undefined ? startNumbered(context, plan) : startNamed(context, plan, id);
}

/**
 * The number comes from a list that lags behind, so it is only a guess: REJECT_DUPLICATE makes the server the judge, and on a
 * clash the next number is tried. Two starts at the same moment thus always get two ids.
 */
async function startNumbered(context: StartContext, plan: RemediationPlan): Promise<Started> {
  const prefix = idPrefix(plan);
  let number = 1;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt % collisionsPerLookup === 0) number = Math.max(number, await lookUpNextNumber(context.client, prefix));
    const runId = await tryStart(context, plan, `${prefix}${number}`);
    if (runId !== undefined) return { id: `${prefix}${number}`, runId, attached: false };
    number++;
  }
  throw new ClientError(ClientErrorKind.conflict, `Found no free id under ${prefix} in ${attempts} attempts.`, {
    remedy: 'Something starts this plan in a tight loop; name the run with --id, or look for the loop.',
  });
}

async function startNamed(context: StartContext, plan: RemediationPlan, id: string): Promise<Started> {
  const started = await tryStart(context, plan, id);
  if (started !== undefined) return { id, runId: started, attached: false };
  const existing = await context.client.workflow.getHandle(id).describe();
  if (existing.type !== WorkflowType.remediation || existing.memo?.[planHashMemo] !== planHash(plan)) {
    const what = existing.type === WorkflowType.remediation ? 'another plan' : `a workflow of type ${existing.type}`;
    throw new ClientError(ClientErrorKind.conflict, `The id ${id} already belongs to ${what}.`, {
      remedy: 'Choose another --id, or leave it out for the next free number.',
    });
  }
  return { id, runId: existing.runId, attached: true };
}

/** The run id; `undefined` when the workflow id is taken, by a running or by an ended workflow. */
async function tryStart(context: StartContext, plan: RemediationPlan, workflowId: string): Promise<string | undefined> {
  const input: RemediationInput = { plan };
  try {
    const handle = await context.client.workflow.start(WorkflowType.remediation, {
      workflowId,
      taskQueue: context.taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: staticSummary(plan),
      staticDetails: staticDetails(plan, context.actions),
      typedSearchAttributes: initialAttributes(plan),
      memo: { [planHashMemo]: planHash(plan) },
    });
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

async function lookUpNextNumber(client: Client, prefix: string): Promise<number> {
  const ids: string[] = [];
  // Newest first: the highest number is among the first few hundred, and a miss only costs another attempt.
  for await (const info of client.workflow.list({ query: idPrefixQuery(prefix), pageSize: 200 })) {
    ids.push(info.workflowId);
    if (ids.length >= 400) break;
  }
  return nextNumber(ids, prefix);
}

function planHash(plan: RemediationPlan): string {
  return createHash('sha256').update(stringify(plan)).digest('hex');
}
