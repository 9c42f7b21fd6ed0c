import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time';
import { createRegistry } from '../../activities/actions';
import { Remediations } from '../../client/remediations';
import { checkPlan } from '../../plan/check';

export interface PlanDrain {
  /** From the call that starts the plan to its result, ms. */
  wallMs: number;
  /** What of it the activities of `drain_node` took, by phase, ms. */
  phases: Record<string, number>;
}

/** Cordons and drains the node by a remediation plan. Throws unless it succeeds. */
export async function drainByPlan(client: Client, cluster: string, node: string): Promise<PlanDrain> {
  const actions = createRegistry();
  const checked = checkPlan(document(cluster, node), { actions });
  if (!checked.ok) throw new Error(checked.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  const remediations = new Remediations(client, { actions: (name) => actions.meta(name) });
  const startedAt = performance.now();
  const { id } = await remediations.start(checked.plan);
  const result = await remediations.result(id);
  const wallMs = performance.now() - startedAt;
  if (result.outcome !== 'succeeded') throw new Error(`the plan ended with ${result.outcome}: ${result.reason}`);
  return { wallMs, phases: await phasesOfDrain(client, id) };
}

/** Started to completed, by the server's clock; the validate before execute adds to that of the preview. */
async function phasesOfDrain(client: Client, id: string): Promise<Record<string, number>> {
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  const types = new Map<string, string>();
  const startedAt = new Map<string, number>();
  const phases: Record<string, number> = {};
  for (const event of events ?? []) {
    const at = optionalTsToMs(event.eventTime) ?? 0;
    const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (type) types.set(String(event.eventId), type);
    const started = event.activityTaskStartedEventAttributes;
    if (started) startedAt.set(String(started.scheduledEventId), at);
    const completed = String(event.activityTaskCompletedEventAttributes?.scheduledEventId);
    const [action, phase = ''] = types.get(completed)?.split('.') ?? [];
    if (action === 'drain_node') phases[phase] = (phases[phase] ?? 0) + at - startedAt.get(completed)!;
  }
  return phases;
}

function document(cluster: string, node: string): object {
  return {
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'RemediationPlan',
    metadata: { name: 'bench-drain', reason: 'to measure a drain', requester: 'bench' },
    spec: {
      cluster,
      steps: [
        { id: 'cordon', action: 'cordon_node', target: `Node/${node}` },
        { id: 'drain', action: 'drain_node', target: `Node/${node}`, params: { deleteEmptyDirData: true } },
      ],
    },
  };
}
