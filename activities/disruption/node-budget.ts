import { conditionOf } from '../executors/kubernetes/rollout/deployment-conditions';
import { taintsOf, type Taint } from '../executors/kubernetes/nodes/taint';
import type { KubeObject } from '../cluster/cluster';
import type { NodeBudget } from '../../config/sections/guards';

/**
 * Why `name` must not be taken out of service now; undefined: it may. Two things count:
 * 1. of the cluster, the nodes on which any pod can be placed (ready, not cordoned, no taint that keeps pods off): at least
 *    `minSchedulable` must be left, and never none;
 * 2. of its pool, the nodes that still do the pool's work: a dedicated pool is tainted as a whole, so taints that all of its
 *    nodes have do not count against one of them. At least the share `minPoolShare` of them must be left, and never none.
 * A node that is out of service already costs nothing.
 */
export function nodeExcess(nodes: readonly KubeObject[], name: string, budget: NodeBudget): string | undefined {
  const node = nodes.find((each) => each.metadata.name === name);
  if (node === undefined) return undefined;
  return clusterExcess(nodes, node, budget) ?? poolExcess(nodes, node, budget);
}

function clusterExcess(
  nodes: readonly KubeObject[],
  node: KubeObject,
  { minSchedulable }: NodeBudget,
): string | undefined {
  if (!isOpen(node)) return undefined;
  const others = nodes.filter((each) => each !== node && isOpen(each)).length;
  if (others >= minSchedulable) return undefined;
  const { name } = node.metadata;
  const left = `${others} schedulable ${others === 1 ? 'node' : 'nodes'} would be left of ${others + 1}`;
  return others === 0
    ? `node ${name} is the last schedulable one of the cluster`
    : `without node ${name} ${left}; guards.nodes.minSchedulable is ${minSchedulable}`;
}

function poolExcess(
  nodes: readonly KubeObject[],
  node: KubeObject,
  { poolLabels, minPoolShare = 0 }: NodeBudget,
): string | undefined {
  const label = poolLabels.find((key) => node.metadata.labels?.[key] !== undefined);
  if (label === undefined) return undefined;
  const pool = node.metadata.labels![label]!;
  const members = nodes.filter((each) => each.metadata.labels?.[label] === pool);
  const shared = new Set(
    hardTaints(node)
      .map(identityOf)
      .filter((taint) => members.every((each) => hardTaints(each).map(identityOf).includes(taint))),
  );
  const serves = (each: KubeObject) =>
    isUp(each) && hardTaints(each).every((taint) => shared.has(identityOf(taint)) && !isCordonTaint(taint));
  if (!serves(node)) return undefined;
  const { name } = node.metadata;
  const left = members.filter((each) => each !== node && serves(each)).length;
  if (left === 0) return `node ${name} is the last schedulable one of its pool ${pool} (label ${label})`;
  const needed = Math.ceil(members.length * minPoolShare);
  if (left >= needed) return undefined;
  return `without node ${name} ${left} of ${members.length} nodes of its pool ${pool} (label ${label}) would be in service, ${needed} must be; guards.nodes.minPoolShare is ${minPoolShare}`;
}

/** Any pod may be placed on it. */
function isOpen(node: KubeObject): boolean {
  return isUp(node) && hardTaints(node).length === 0;
}

function isUp(node: KubeObject): boolean {
  const leaving = node.metadata.deletionTimestamp !== undefined;
  return !leaving && node.spec?.['unschedulable'] !== true && conditionOf(node, 'Ready')?.status === 'True';
}

function hardTaints(node: KubeObject): Taint[] {
  return taintsOf(node).filter(({ effect }) => effect !== 'PreferNoSchedule');
}

/** Set by controllers for a node that is out of service; it never is what a pool is dedicated by. */
function isCordonTaint({ key }: Taint): boolean {
  return key.startsWith('node.kubernetes.io/');
}

function identityOf({ key, value, effect }: Taint): string {
  return `${key}=${value ?? ''}:${effect}`;
}
