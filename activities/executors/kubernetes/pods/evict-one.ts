import { KubernautError } from '../../../../plan/errors';
import type { ResolvedTarget } from '../../../../plan/step-io';
import type { ActionContext } from '../../../contract';
import { displayName } from '../target/read-target';
import { waitUntil } from '../wait/wait-until';
import { Evictions } from './evictions';
import { isTerminating } from './pod';

/**
 * Evicts exactly the pod of this uid, waiting for its budget until `ctx.deadline`. `left`: it was gone, or on its way out,
 * before an eviction of ours was answered.
 *
 * @throws {KubernautError} `DISRUPTION_BUDGET` when the budget allowed nothing until the deadline · `CANCELLED`, …
 */
export async function evictOne(
  ctx: ActionContext,
  { target, gracePeriodSeconds }: { target: ResolvedTarget & { uid: string }; gracePeriodSeconds?: number },
): Promise<'evicted' | 'left'> {
  const name = displayName(target);
  let wake: () => void = () => undefined;
  const evictions = new Evictions(ctx, { maxConcurrent: 1, gracePeriodSeconds, onChange: () => wake() });
  let budgets: string[] = [];
  try {
    const result = await waitUntil<'evicted' | 'left'>(ctx, {
      what: `eviction of pod ${name}`,
      queries: [podQuery(target)],
      onWake: (resume) => (wake = resume),
      evaluate: ([pods = []]) => {
        if (evictions.evicted.has(target.uid)) return { state: 'met', value: 'evicted' };
        if (evictions.failure) return { state: 'failed', reason: evictions.failure.message };
        // Its fate shows before our request is answered: only the answer tells whose doing it was.
        if (evictions.busy) return { state: 'waiting', reason: 'evicting' };
        const pod = pods.find((each) => each.metadata.uid === target.uid);
        if (!pod || isTerminating(pod)) return { state: 'met', value: 'left' };
        const due = evictions.start([pod]);
        ({ budgets } = evictions.waitingForBudgets([pod]));
        return { state: 'waiting', reason: budgets[0] ?? 'evicting', recheckInMs: due };
      },
    });
    if (result.met) return result.value;
    throw evictions.failure ?? new KubernautError('INTERNAL', result.reason);
  } catch (error) {
    await evictions.settle();
    if (evictions.evicted.has(target.uid)) return 'evicted';
    const late = error instanceof KubernautError && error.code === 'DEADLINE_EXCEEDED';
    if (!late || budgets.length === 0) throw error;
    throw new KubernautError('DISRUPTION_BUDGET', `eviction of pod ${name}: ${budgets.join('; ')}`);
  }
}

export function podQuery({ namespace, name }: ResolvedTarget) {
  return { apiVersion: 'v1', kind: 'Pod', namespace, fieldSelector: `metadata.name=${name}` };
}
