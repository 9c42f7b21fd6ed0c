import type { Client, WorkflowHandle } from '@temporalio/client';
import { createRegistry } from '../../activities/actions';
import { Remediations } from '../../client/remediations';
import { checkPlan } from '../../plan/check';
import type { RemediationPlan } from '../../plan/model';
import { BARE_TASK_QUEUE, type BareInput } from './bare';
import { plugin } from './noop-plugin';

/** Starts one run over `steps` sequential steps, or what makes the same activities without Kubernaut. */
export interface Contender {
  start(steps: number): Promise<WorkflowHandle>;
}

let count = 0;

export function planContender(client: Client): Contender {
  const remediations = new Remediations(client);
  const plans = new Map<number, RemediationPlan>();
  return {
    async start(steps) {
      const plan = plans.get(steps) ?? noopPlan(steps);
      plans.set(steps, plan);
      const { id } = await remediations.start(plan, { id: `remediation/bench/${++count}` });
      return client.workflow.getHandle(id);
    },
  };
}

/** Previews side by side, then execute and verify of one step after the other: what a plan does, and nothing else. */
export function bareContender(client: Client): Contender {
  return {
    start(steps) {
      const input: BareInput = { parallel: steps, sequential: 2 * steps };
      const workflowId = `bench/bare/${++count}`;
      return client.workflow.start('bare', { taskQueue: BARE_TASK_QUEUE, workflowId, args: [input] });
    },
  };
}

/** Wall time of one run, in ms, from the call that starts it to its result. */
export async function timeOne(contender: Contender, steps: number): Promise<{ ms: number; handle: WorkflowHandle }> {
  const startedAt = performance.now();
  const handle = await contender.start(steps);
  await handle.result();
  return { ms: performance.now() - startedAt, handle };
}

/** Runs a second when `runs` of them are started at once. */
export async function throughput(contender: Contender, runs: number, steps: number): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: runs }, () => timeOne(contender, steps)));
  return runs / ((performance.now() - startedAt) / 1000);
}

function noopPlan(steps: number): RemediationPlan {
  const document = {
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'RemediationPlan',
    metadata: { name: 'bench', reason: 'to measure the engine', requester: 'bench' },
    spec: {
      cluster: 'bench',
      steps: Array.from({ length: steps }, (_, index) => ({ id: `step-${index + 1}`, action: 'bench_noop' })),
    },
  };
  const checked = checkPlan(document, { actions: createRegistry().register(...plugin.actions) });
  if (!checked.ok) throw new Error(checked.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return checked.plan;
}
