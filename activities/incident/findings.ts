import type { JsonObject } from '../../plan/json';
import type { KubeObject, ListQuery } from '../cluster/cluster';
import type { ActionContext } from '../contract';
import { compareQuantities, parseQuantity } from '../executors/kubernetes/quantity';
import { controllerOf } from '../executors/kubernetes/pods/pod';
import { selectorText } from '../executors/kubernetes/pods/label-selector';
import { readable } from './readable';

const LATELY_MS = 3_600_000;
const MAX_FINDINGS = 10;

/** Numbers that a person who is called needs: quotas of the object's namespace that are used up. */
export async function findingsAbout(ctx: ActionContext, top: KubeObject, notes: string[]): Promise<string[]> {
  const namespace = top.kind === 'Namespace' ? top.metadata.name : top.metadata.namespace;
  if (namespace === undefined) return [];
  const quotas = await readable(notes, () => ctx.cluster.list({ apiVersion: 'v1', kind: 'ResourceQuota', namespace }));
  return (quotas?.items ?? []).flatMap(exhausted).slice(0, MAX_FINDINGS);
}

function exhausted({ metadata, status }: KubeObject): string[] {
  const used = (status?.used ?? {}) as Record<string, string>;
  return Object.entries((status?.hard ?? {}) as Record<string, string>).flatMap(([resource, hard]) => {
    const now = used[resource];
    if (now === undefined || compareQuantities(parseQuantity(now), parseQuantity(hard)) < 0) return [];
    return [`quota ${metadata.namespace}/${metadata.name}: ${resource} ${now} of ${hard} used`];
  });
}

/**
 * Whether the workload got a new pod template within the last hour, and has an older one to go back to. A template that was
 * applied again is as old as its revision: then this says no, as it does of everything else that is not known.
 */
export async function changedLately(ctx: ActionContext, top: KubeObject, notes: string[]): Promise<boolean> {
  const { namespace, uid } = top.metadata;
  const revisions = {
    Deployment: { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
    StatefulSet: { apiVersion: 'apps/v1', kind: 'ControllerRevision' },
    DaemonSet: { apiVersion: 'apps/v1', kind: 'ControllerRevision' },
  }[top.kind];
  if (revisions === undefined || namespace === undefined) return false;
  const labelSelector = selectorText(top.spec?.selector);
  const query: ListQuery = { ...revisions, namespace, ...(labelSelector && { labelSelector }) };
  const { items } = (await readable(notes, () => ctx.cluster.list(query))) ?? { items: [] };
  const own = items.filter((each) => controllerOf(each)?.uid === uid).sort((a, b) => numberOf(b) - numberOf(a));
  const created = Date.parse(String(own[0]?.metadata.creationTimestamp));
  return own.length > 1 && ctx.clock.now() - created < LATELY_MS;
}

function numberOf(object: KubeObject): number {
  const { revision } = object as KubeObject & JsonObject;
  return Number(revision ?? object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
}
