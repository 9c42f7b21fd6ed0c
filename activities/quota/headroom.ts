import type { JsonObject } from '../../plan/json';
import type { FieldChange, ResolvedTarget } from '../../plan/step-io';
import { KubernautError } from '../../plan/errors';
import type { KubeObject } from '../cluster/cluster';
import type { ActionContext, Permission } from '../contract';
import { valueAt } from '../executors/kubernetes/fields/json-pointer';
import { count } from '../executors/kubernetes/rollout/deployment-conditions';
import { changeObject } from '../foresight/changed-object';
import { defaultsOf, outOfRange } from './limit-ranges';
import { podNeeds, type Defaults } from './pod-needs';
import { judgeQuotas, type Demand, type Judgement, type Pods } from './quota-check';

/** What the executor itself needs beside its actions, to see what a namespace has room for. */
export const quotaPermissions: readonly Permission[] = [
  { apiGroup: '', resource: 'resourcequotas', verbs: ['list'] },
  { apiGroup: '', resource: 'limitranges', verbs: ['list'] },
];

const TEMPLATE = '/spec/template';
const KINDS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod'];

/**
 * Whether the namespace has room for the pods that a change of their number or their template brings about, by its
 * ResourceQuotas and LimitRanges. Kubernetes asks them only when the pods are created, which is after the change.
 */
export async function quotaHeadroom(
  ctx: ActionContext,
  target: ResolvedTarget | undefined,
  diff: readonly FieldChange[],
): Promise<Judgement> {
  const nothing = { problems: [], warnings: [] };
  if (target?.namespace === undefined || !KINDS.includes(target.kind) || !diff.some(isAboutPods)) return nothing;
  const { apiVersion, kind, namespace, name } = target;
  try {
    const [quotas, ranges] = await Promise.all(
      (['ResourceQuota', 'LimitRange'] as const).map((each) =>
        ctx.cluster.list({ apiVersion: 'v1', kind: each, namespace }),
      ),
    );
    if (quotas!.items.length + ranges!.items.length === 0) return nothing;
    const now = await ctx.cluster.get({ ...(apiVersion !== undefined && { apiVersion }), kind, namespace, name });
    const then = changeObject(now, diff)?.object;
    if (then === undefined) return nothing;
    const demand = demandOf(now, then, defaultsOf(ranges!.items));
    const { problems, warnings } = judgeQuotas(quotas!.items, demand);
    return {
      problems: [...(demand.creates ? outOfRange(ranges!.items, demand.after.needs) : []), ...problems],
      warnings,
    };
  } catch (error) {
    if (!(error instanceof KubernautError) || error.code !== 'FORBIDDEN') throw error;
    return { problems: [], warnings: [`whether the namespace has room for it is not known: ${error.message}`] };
  }
}

function isAboutPods({ path }: FieldChange): boolean {
  return path === '/spec/replicas' || path.startsWith(TEMPLATE) || /^\/spec\/containers\/\d+\/resources/.test(path);
}

/** Pure. */
export function demandOf(now: KubeObject, then: KubeObject, defaults: Defaults): Demand {
  const [before, after] = [podsOf(now, defaults), podsOf(then, defaults)];
  const replaced =
    now.kind !== 'Pod' && JSON.stringify(valueAt(now, TEMPLATE)) !== JSON.stringify(valueAt(then, TEMPLATE));
  const creates = after.count > 0 && (replaced || after.count > before.count);
  return { before, after, creates, surge: replaced && before.count > 0 && mustSurge(then) ? 1 : 0 };
}

function podsOf(object: KubeObject, defaults: Defaults): Pods {
  const spec = valueAt(object, object.kind === 'Pod' ? '/spec' : `${TEMPLATE}/spec`);
  return { needs: podNeeds((spec ?? {}) as JsonObject, defaults), count: numberOf(object) };
}

function numberOf({ kind, spec, status }: KubeObject): number {
  if (kind === 'Pod') return 1;
  return kind === 'DaemonSet' ? count(status?.['desiredNumberScheduled']) : count(spec?.['replicas'] ?? 1);
}

/** No old pod may go before a new one is there. */
function mustSurge({ kind, spec }: KubeObject): boolean {
  if (kind !== 'Deployment' || valueAt(spec, '/strategy/type') === 'Recreate') return false;
  const least = valueAt(spec, '/strategy/rollingUpdate/maxUnavailable') ?? '25%';
  const share = /^(\d+)%$/.exec(String(least));
  // Rounded down, as the controller does it.
  const allowed = share ? Math.floor((Number(share[1]) * count(spec?.['replicas'] ?? 1)) / 100) : Number(least);
  return allowed === 0;
}
