import type { ObjectName } from '../../plan/investigation';
import type { Json, JsonObject } from '../../plan/json';
import type { KubeObject, ListQuery } from '../cluster/cluster';
import type { ActionContext } from '../contract';
import { intolerantPods } from '../executors/kubernetes/nodes/intolerant-pods';
import type { Taint } from '../executors/kubernetes/nodes/taint';
import { selects, selectorText } from '../executors/kubernetes/pods/label-selector';
import { isReady } from '../executors/kubernetes/pods/pod';
import { readable } from './readable';

const MAX_PODS = 50;
const MAX_NODES = 20;
/** Taints that the cluster itself keeps; taking them away mends nothing. */
const OWN_TAINTS = /^(node\.kubernetes\.io|node-role\.kubernetes\.io|node\.cloudprovider\.kubernetes\.io)\//;

/**
 * The object and what belongs to it: its pods; the nodes of those that are not ready, and those whose taints keep pods from
 * being placed; volume claims, autoscaler and budgets; pull secrets when images cannot be pulled; and network policies that
 * let nothing through to its pods, or from them.
 */
export async function belongings(ctx: ActionContext, top: KubeObject, notes: string[]): Promise<ObjectName[]> {
  const { namespace, name } = top.metadata;
  const own = nameOf(top);
  if (namespace === undefined || top.kind === 'Namespace') return [own];
  const list = async (query: ListQuery) => (await readable(notes, () => ctx.cluster.list(query)))?.items ?? [];
  const template = (top.spec?.template ?? {}) as { metadata?: { labels?: Record<string, string> }; spec?: JsonObject };
  const [labels, podSpec] =
    top.kind === 'Pod' ? [top.metadata.labels, top.spec] : [template.metadata?.labels, template.spec];
  const selector = top.kind === 'Pod' ? undefined : selectorText(top.spec?.selector);
  const pods =
    top.kind === 'Pod'
      ? [top]
      : selector
        ? await list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: selector })
        : [];
  const [scalers, budgets, policies] = await Promise.all([
    list({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace }),
    list({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace }),
    list({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace }),
  ]);
  const shown = [...pods].sort((a, b) => Number(isReady(a)) - Number(isReady(b))).slice(0, MAX_PODS);
  const placed = shown.flatMap((pod) =>
    isReady(pod) || typeof pod.spec?.nodeName !== 'string' ? [] : [pod.spec.nodeName],
  );
  const waiting = shown.filter((pod) => pod.status?.phase === 'Pending' && pod.spec?.nodeName === undefined);
  const refusing = waiting.length === 0 ? [] : refusingNodes(await list({ apiVersion: 'v1', kind: 'Node' }), waiting);
  const named = (kind: string, names: readonly string[]) => [...new Set(names)].map((each) => ({ kind, name: each }));
  const inside = (kind: string, names: readonly string[]) => named(kind, names).map((each) => ({ ...each, namespace }));
  return [
    own,
    ...shown.filter((pod) => pod !== top).map(nameOf),
    ...named('Node', [...placed, ...refusing]),
    ...inside('PersistentVolumeClaim', shown.flatMap(claimsOf)),
    ...scalers.filter(({ spec }) => scales(spec?.scaleTargetRef, top.kind, name)).map(nameOf),
    ...budgets.filter(({ spec }) => selects(spec?.selector, labels)).map(nameOf),
    ...(labels ? policies.filter((policy) => blocks(policy, labels)).map(nameOf) : []),
    ...inside('Secret', shown.some(cannotPull) ? pullSecretsOf(podSpec) : []),
  ];
}

export function nameOf({ kind, metadata: { namespace, name } }: KubeObject): ObjectName {
  return { kind, ...(namespace && { namespace }), name };
}

function claimsOf(pod: KubeObject): string[] {
  return ((pod.spec?.volumes ?? []) as JsonObject[]).flatMap((volume) => {
    const claim = (volume['persistentVolumeClaim'] as JsonObject | undefined)?.['claimName'];
    return typeof claim === 'string' ? [claim] : [];
  });
}

function scales(ref: Json | undefined, kind: string, name: string): boolean {
  const { kind: refKind, name: refName } = (ref ?? {}) as JsonObject;
  return refKind === kind && refName === name;
}

/** A policy type without a single rule lets nothing through. Egress only counts when it is named; Ingress always does. */
function blocks({ spec = {} }: KubeObject, labels: Readonly<Record<string, string>>): boolean {
  const types = (spec.policyTypes ?? ['Ingress']) as string[];
  const denied = types.some((type) => ((spec[type.toLowerCase()] ?? []) as Json[]).length === 0);
  return denied && selects(spec.podSelector, labels);
}

function cannotPull({ status }: KubeObject): boolean {
  return ((status?.containerStatuses ?? []) as { state?: { waiting?: { reason?: string } } }[]).some(({ state }) =>
    ['ImagePullBackOff', 'ErrImagePull'].includes(state?.waiting?.reason ?? ''),
  );
}

function pullSecretsOf(podSpec: JsonObject | undefined): string[] {
  return ((podSpec?.['imagePullSecrets'] ?? []) as { name?: string }[]).flatMap(({ name }) => name ?? []);
}

/** Nodes that pods may choose by their node selector, and that a taint somebody has set keeps them from. */
function refusingNodes(nodes: readonly KubeObject[], pods: readonly KubeObject[]): string[] {
  return nodes
    .filter((node) => {
      const taints = ((node.spec?.taints ?? []) as unknown as Taint[]).filter(
        ({ key, effect }) => effect !== 'PreferNoSchedule' && !OWN_TAINTS.test(key),
      );
      const chosen = pods.filter((pod) => selects({ matchLabels: pod.spec?.nodeSelector ?? {} }, node.metadata.labels));
      return taints.some((taint) => intolerantPods(chosen, taint).length > 0);
    })
    .slice(0, MAX_NODES)
    .map(({ metadata }) => metadata.name);
}
