import { KubernautError } from '../../../../plan/errors';
import type { KubeObject, ListQuery } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { valueAt } from '../fields/json-pointer';
import { drainList, type DrainRules } from '../pods/drain-filters';
import { selects } from '../pods/label-selector';
import { isNamespaceEnding } from '../pods/evictions';
import { isFinished, nameSome, podName } from '../pods/pod';
import { conditionOf, count } from '../rollout/deployment-conditions';

export type PlannedPod = { name: string; uid: string };

export interface DrainPreview {
  /** Pods to be evicted, capped; `count` is their number. */
  pods: PlannedPod[];
  count: number;
  problems: string[];
  warnings: string[];
}

/** A node holds 110 pods by default; more are drained all the same, only not recorded by name. */
const RECORDED_PODS = 150;
/** Dry-run evictions are real requests; budgets repeat long before this. */
const PROBED_PODS = 30;

/** Decides, by reading and dry-runs only, what a drain would do and what stands against it. */
export async function drainPreview(
  ctx: ActionContext,
  node: KubeObject,
  query: ListQuery,
  rules: DrainRules,
): Promise<DrainPreview> {
  const [{ items: pods }, { items: budgets }, { items: nodes }] = await Promise.all([
    ctx.cluster.list(query),
    ctx.cluster.list({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' }),
    ctx.cluster.list({ apiVersion: 'v1', kind: 'Node' }),
  ]);
  const { evict, leaving, refused } = drainList(pods, rules);
  const problems = refused.length > 0 ? [nameSome(refused)] : [];
  const warnings: string[] = [];
  if (evict.length > 0) warnings.push(`${evict.length} pods will be evicted: ${nameSome(evict.map(podName))}`);
  if (leaving.length > 0) warnings.push(`${leaving.length} pods are terminating already`);
  const other = nodes.filter((each) => each.metadata.uid !== node.metadata.uid && isUsable(each));
  if (other.length === 0) warnings.push('no other node is ready and schedulable: the pods have nowhere to go');
  const headroom = budgetHeadroom(evict, budgets);
  problems.push(...headroom.problems);
  warnings.push(...headroom.warnings);
  if (refused.length === 0) warnings.push(...(await probeEvictions(ctx, evict)));
  return {
    pods: evict.slice(0, RECORDED_PODS).map((pod) => ({ name: podName(pod), uid: pod.metadata.uid })),
    count: evict.length,
    problems,
    warnings,
  };
}

/** Pure: which budgets the evictions will have to share, and pods that no eviction can ever take (two budgets). */
export function budgetHeadroom(
  evict: readonly KubeObject[],
  budgets: readonly KubeObject[],
): { problems: string[]; warnings: string[] } {
  const problems: string[] = [];
  const covered = new Map<KubeObject, number>();
  // Finished pods are deleted past any budget.
  for (const pod of evict.filter((each) => !isFinished(each))) {
    const own = budgets.filter(
      (each) => each.metadata.namespace === pod.metadata.namespace && selects(each.spec?.selector, pod.metadata.labels),
    );
    for (const budget of own) covered.set(budget, (covered.get(budget) ?? 0) + 1);
    if (own.length > 1) {
      const names = own.map((each) => each.metadata.name).join(' and ');
      problems.push(`${podName(pod)} is covered by ${own.length} budgets (${names}), which the eviction API refuses`);
    }
  }
  const warnings = [...covered].flatMap(([budget, pods]) => {
    const allowed = count(budget.status?.disruptionsAllowed);
    if (pods <= allowed) return [];
    const name = `${budget.metadata.namespace}/${budget.metadata.name}`;
    return [
      `budget ${name} allows ${allowed} disruptions now, ${pods} of its pods are on the node: they will be evicted one after the other`,
    ];
  });
  return { problems: problems.slice(0, 10), warnings: warnings.slice(0, 20) };
}

/** What the server itself says to the evictions, without doing them. A budget at zero is a warning: the drain would wait. */
async function probeEvictions(ctx: ActionContext, pods: readonly KubeObject[]): Promise<string[]> {
  const answers = await Promise.all(
    pods.slice(0, PROBED_PODS).map(async ({ metadata: { uid, namespace = '', name } }) => {
      try {
        await ctx.cluster.evict({ namespace, name }, { uid, dryRun: true });
        return undefined;
      } catch (error) {
        if (!(error instanceof KubernautError)) throw error;
        if (isNamespaceEnding(error)) return undefined;
        if (error.code === 'DISRUPTION_BUDGET') return `an eviction now would be refused: ${error.message}`;
        if (['TARGET_NOT_FOUND', 'TARGET_REPLACED', 'CONFLICT', 'THROTTLED'].includes(error.code)) return undefined;
        throw error;
      }
    }),
  );
  const refusals = answers.filter((each) => each !== undefined);
  return refusals.length > 3 ? [...refusals.slice(0, 3), `… and ${refusals.length - 3} more refusals`] : refusals;
}

function isUsable(node: KubeObject): boolean {
  return valueAt(node, '/spec/unschedulable') !== true && conditionOf(node, 'Ready')?.status === 'True';
}
