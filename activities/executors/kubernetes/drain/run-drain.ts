import { KubernautError } from '../../../../plan/errors';
import type { Effect, ResolvedTarget } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { drainList } from '../pods/drain-filters';
import { Evictions } from '../pods/evictions';
import { nameSome, podName } from '../pods/pod';
import { waitUntil } from '../wait/wait-until';
import type { PlannedPod } from './drain-preview';
import { nodeLost, nodeQuery, podsOn, type DrainParams } from './drained-node';

export interface Drain {
  target: ResolvedTarget & { uid: string };
  params: DrainParams;
  /** Pods that validate found; those gone before this attempt began were evicted by an earlier one, or went by themselves. */
  planned: readonly PlannedPod[];
}

const NAMED_IN_EFFECT = 50;

/**
 * Evicts what the rules allow until nothing evictable is left on the cordoned node and the evicted pods are gone, by uid.
 * Pods that arrive late (bound before the cordon was seen) are evicted too. Ends with `TARGET_CHANGED` when somebody uncordons
 * the node, `DISRUPTION_BUDGET` when a budget blocks until the deadline, `CANCELLED` without any further eviction on abort.
 */
export async function runDrain(ctx: ActionContext, drain: Drain): Promise<Effect> {
  const { target, params } = drain;
  let wake: () => void = () => undefined;
  const evictions = new Evictions(ctx, { ...params, onChange: () => wake() });
  const total = new Map(drain.planned.map(({ uid, name }) => [uid, name]));
  let remaining: KubeObject[] = [];
  try {
    const result = await waitUntil(ctx, {
      what: `drain of ${target.name}`,
      queries: [nodeQuery(target.name), podsOn(target.name, params)],
      onWake: (resume) => (wake = resume),
      evaluate: ([nodes = [], pods = []]) => {
        const lost = nodeLost(nodes.find((each) => each.metadata.uid === target.uid));
        if (lost) return { state: 'failed', reason: lost };
        const { evict, leaving, refused } = drainList(pods, params);
        if (refused.length > 0) return { state: 'failed', reason: `came meanwhile: ${nameSome(refused, 5)}` };
        for (const pod of [...evict, ...leaving]) total.set(pod.metadata.uid, podName(pod));
        remaining = evict.filter((pod) => !evictions.evicted.has(pod.metadata.uid));
        const due = evictions.start(remaining);
        if (evictions.failure) return { state: 'failed', reason: evictions.failure.message };
        const present = evict.length + leaving.length;
        if (present === 0 && !evictions.busy) return { state: 'met', value: total.size };
        return { state: 'waiting', reason: progressLine(total.size, remaining, present, evictions), recheckInMs: due };
      },
    });
    if (!result.met)
      throw (
        evictions.failure ?? new KubernautError('TARGET_CHANGED', `drain of ${target.name} stopped: ${result.reason}`)
      );
  } catch (error) {
    await evictions.settle();
    throw explain(error, target.name, evictions, remaining, total.size);
  }
  return effectOf(target.name, evictions, [...total.values()]);
}

/** `evicted 12/30, gone 9; 2 wait: The disruption budget web needs 3 healthy pods and has 3 currently`. */
function progressLine(total: number, remaining: readonly KubeObject[], present: number, evictions: Evictions): string {
  const waiting = evictions.waitingForBudgets(remaining);
  const line = `evicted ${total - remaining.length}/${total}, gone ${total - present}`;
  return waiting.pods.length > 0
    ? `${line}; ${waiting.pods.length} wait (${nameSome(waiting.pods, 3)}): ${nameSome(waiting.budgets, 2)}`
    : line;
}

/** A deadline reached while budgets refuse is the budgets' doing, and should say which. */
function explain(
  error: unknown,
  node: string,
  evictions: Evictions,
  remaining: readonly KubeObject[],
  total: number,
): unknown {
  if (!(error instanceof KubernautError) || error.code !== 'DEADLINE_EXCEEDED') return error;
  const { pods, budgets } = evictions.waitingForBudgets(remaining);
  if (pods.length === 0) return error;
  return new KubernautError(
    'DISRUPTION_BUDGET',
    `drain of ${node}: ${pods.length} of ${total} pods could not be evicted before the deadline (${nameSome(pods, 5)}): ${nameSome(budgets, 3)}`,
  );
}

function effectOf(node: string, evictions: Evictions, all: readonly string[]): Effect {
  const evicted = [...evictions.evicted.values()].sort();
  const others = all.filter((name) => !evicted.includes(name)).sort();
  const irreversible = evicted.slice(0, NAMED_IN_EFFECT).map((name) => `pod ${name} was evicted`);
  if (evicted.length > NAMED_IN_EFFECT) irreversible.push(`${evicted.length - NAMED_IN_EFFECT} more pods were evicted`);
  if (others.length > 0) {
    irreversible.push(
      `${others.length} more pods left, evicted by an earlier attempt or by themselves: ${nameSome(others, 20)}`,
    );
  }
  return {
    changed: all.length > 0,
    summary: `${node} drained: ${evicted.length} pods evicted${others.length > 0 ? `, ${others.length} left before` : ''}`,
    data: {
      node,
      unschedulable: true,
      evicted: evicted.length,
      left: others.length,
      pods: evicted.slice(0, NAMED_IN_EFFECT),
    },
    ...(irreversible.length > 0 && { irreversible }),
  };
}
