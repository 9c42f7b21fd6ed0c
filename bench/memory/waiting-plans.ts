import type { Client } from '@temporalio/client';
import { createRegistry } from '../../activities/actions';
import { Remediations } from '../../client/remediations';
import { checkPlan } from '../../plan/check';
import type { RemediationPlan } from '../../plan/model';

const AT_ONCE = 40;

/** Starts plans that ask for approval, until `until` of them exist in all. */
export async function startWaitingPlans(client: Client, cluster: string, from: number, until: number): Promise<void> {
  const remediations = new Remediations(client, { callTimeoutMs: 60_000 });
  const plan = waitingPlan(cluster);
  let next = from;
  const startOneAfterTheOther = async (): Promise<void> => {
    while (next < until) await remediations.start(plan, { id: `remediation/bench-waiting/${++next}` });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, startOneAfterTheOther));
}

/** How many runs wait for approval, by the server's account. */
export async function countWaiting(client: Client): Promise<number> {
  const { count } = await client.workflow.count('KubernautState = "awaiting_approval"');
  return count;
}

/** As a plan from practice: a real preview of a real object, and a line in the log. */
function waitingPlan(cluster: string): RemediationPlan {
  const document = {
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'RemediationPlan',
    metadata: { name: 'bench-waiting', reason: 'to measure what waiting costs', requester: 'bench' },
    spec: {
      cluster,
      timeout: '24h',
      approval: { required: true, deadline: '12h', remindEvery: '12h' },
      steps: [
        { id: 'scale', action: 'scale_deployment', target: 'Deployment/default/bench', params: { by: 1 } },
        { id: 'note', action: 'log', params: { message: 'scaled' } },
      ],
    },
  };
  const checked = checkPlan(document, { actions: createRegistry() });
  if (!checked.ok) throw new Error(checked.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return checked.plan;
}
