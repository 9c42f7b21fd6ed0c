import type { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { searchAttributeKeys as keys } from '../../plan/search-attributes';
import { WorkflowType } from '../../plan/steering';
import type { Progress } from '../../tools/progress';

/** So many are made at once. */
const PARALLEL = 32;
/** Steps of each plan: its history is as large as such a plan is. */
const STEPS = 10;
const ACTIONS = ['scale_deployment', 'restart_deployment', 'drain_node', 'rollback_deployment'];
/** Every how many runs has been rolled back, and was asked for by bob. */
export const RARE = 100;

/**
 * Remediations that have ended, as visibility and the histories have them: started with the attributes that a run has at its
 * end, and terminated before a worker sees them, since carrying out ten thousand plans would take a quarter of an hour.
 */
export async function closedRuns(client: Client, count: number, progress: Progress): Promise<void> {
  let next = 0;
  const maker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const handle = await client.workflow.start(WorkflowType.remediation, {
        ...{ workflowId: `remediation/bench/${n}`, taskQueue: 'nobody', args: [{ plan: planOf(n) }] },
        typedSearchAttributes: attributesOf(n),
      });
      await handle.terminate('closed for the bench');
      if (n % 500 === 0) progress.live(`${n} of ${count} runs`);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, maker));
  await visible(client, count);
}

function attributesOf(n: number): TypedSearchAttributes {
  return new TypedSearchAttributes([
    { key: keys.cluster, value: 'prod' },
    { key: keys.namespace, value: `team-${n % 20}` },
    { key: keys.target, value: targetOf(n) },
    { key: keys.outcome, value: n % RARE === 0 ? 'rolled_back' : 'succeeded' },
    { key: keys.actions, value: [ACTIONS[n % ACTIONS.length]!] },
  ]);
}

export function targetOf(n: number): string {
  return `Deployment/team-${n % 20}/web-${n % 500}`;
}

function planOf(n: number): object {
  const requester = n % RARE === 0 ? 'bob' : 'alice';
  const steps = Array.from({ length: STEPS }, (_, step) => ({
    ...{ id: `step-${step}`, action: ACTIONS[n % ACTIONS.length], target: targetOf(n + step), params: { replicas: 4 } },
    ...{ timeout: '10m', retry: { attempts: 3, backoff: '10s' }, verify: { expect: 'evidence.ready >= 4' } },
  }));
  return { metadata: { name: 'bench', reason: 'more load is expected', requester }, spec: { cluster: 'prod', steps } };
}

/** Visibility is written a moment after the history. */
async function visible(client: Client, count: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { count: found } = await client.workflow.count(`ExecutionStatus = 'Terminated'`);
    if (found === count) return;
    if (tries > 600) throw new Error(`visibility has ${found} of ${count} closed runs`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
