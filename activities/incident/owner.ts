import { KubernautError } from '../../plan/errors';
import type { FoundOwner, IncidentOwner, OwnerInput } from '../../plan/incident';
import type { ObjectName } from '../../plan/investigation';
import type { Json, JsonObject } from '../../plan/json';
import type { KubeObject, ListQuery, ObjectRef } from '../cluster/cluster';
import { groupOf } from '../cluster/discovery';
import type { ActionContext } from '../contract';
import { selects, selectorText } from '../executors/kubernetes/pods/label-selector';
import { controllerOf, isReady } from '../executors/kubernetes/pods/pod';

/** Groups whose controllers Kubernaut knows; an owner of any other kind (a custom resource) is left alone. */
const KNOWN_GROUPS = ['apps', 'batch'];
/** Pod → Job → CronJob, Pod → ReplicaSet → Deployment. */
const LONGEST_CHAIN = 4;
const MAX_PODS = 50;

/**
 * The top owner of an incident's object as the cluster has it now, and the objects that belong to it: its pods, the nodes of
 * those that are not ready, their volume claims, its autoscaler and its budgets. What cannot be read is left out, with a note.
 */
export async function findOwner(ctx: ActionContext, { owner, pods }: OwnerInput): Promise<FoundOwner> {
  const notes: string[] = [];
  const start = await firstFound(ctx, owner, pods, notes);
  if (start === undefined) {
    notes.push(`${owner.kind} ${owner.name} is not there (any more)`);
    return { owner, objects: [], notes };
  }
  const top = await topOf(ctx, start, notes);
  return { owner: ownerOf(owner.cluster, top), objects: await belongings(ctx, top, notes), notes };
}

async function firstFound(
  ctx: ActionContext,
  owner: IncidentOwner,
  pods: readonly string[],
  notes: string[],
): Promise<KubeObject | undefined> {
  const { kind, namespace, name } = owner;
  if (kind === 'Cluster') return undefined;
  for (const pod of kind === 'Node' ? [] : pods) {
    const found = await readable(notes, () =>
      ctx.cluster.find({ apiVersion: 'v1', kind: 'Pod', namespace, name: pod }),
    );
    if (found) return found;
  }
  return readable(notes, () => ctx.cluster.find({ kind, ...(namespace && { namespace }), name }));
}

/** Every link is held to the uid that it names; where the chain is broken, its last sound link counts. */
async function topOf(ctx: ActionContext, start: KubeObject, notes: string[]): Promise<KubeObject> {
  let object = start;
  for (let links = 0; links < LONGEST_CHAIN; links++) {
    const controller = controllerOf(object);
    if (controller === undefined || !KNOWN_GROUPS.includes(groupOf(controller.apiVersion))) return object;
    const { apiVersion, kind, name, uid } = controller;
    const ref: ObjectRef = { apiVersion, kind, namespace: object.metadata.namespace, name };
    const found = await readable(notes, () => ctx.cluster.find(ref));
    if (found?.metadata.uid !== uid) return object;
    object = found;
  }
  return object;
}

async function belongings(ctx: ActionContext, top: KubeObject, notes: string[]): Promise<ObjectName[]> {
  const { namespace, name } = top.metadata;
  const own = nameOf(top);
  if (namespace === undefined || top.kind === 'Namespace') return [own];
  const list = async (query: ListQuery) => (await readable(notes, () => ctx.cluster.list(query)))?.items ?? [];
  const template = ((top.spec?.template ?? {}) as JsonObject)['metadata'] as JsonObject | undefined;
  const labels = (top.kind === 'Pod' ? top.metadata.labels : template?.['labels']) as
    Record<string, string> | undefined;
  const selector = top.kind === 'Pod' ? undefined : selectorText(top.spec?.selector);
  const pods =
    top.kind === 'Pod'
      ? [top]
      : selector
        ? await list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: selector })
        : [];
  const scalers = await list({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace });
  const budgets = await list({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace });
  const shown = [...pods].sort((a, b) => Number(isReady(a)) - Number(isReady(b))).slice(0, MAX_PODS);
  const nodes = shown.flatMap((pod) =>
    isReady(pod) || typeof pod.spec?.nodeName !== 'string' ? [] : [pod.spec.nodeName],
  );
  const claims = shown.flatMap(claimsOf);
  return [
    own,
    ...shown.filter((pod) => pod !== top).map(nameOf),
    ...[...new Set(nodes)].map((node) => ({ kind: 'Node', name: node })),
    ...[...new Set(claims)].map((claim) => ({ kind: 'PersistentVolumeClaim', namespace, name: claim })),
    ...scalers.filter(({ spec }) => scales(spec?.scaleTargetRef, top.kind, name)).map(nameOf),
    ...budgets.filter(({ spec }) => selects(spec?.selector, labels)).map(nameOf),
  ];
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

function nameOf({ kind, metadata: { namespace, name } }: KubeObject): ObjectName {
  return { kind, ...(namespace && { namespace }), name };
}

function ownerOf(cluster: string, object: KubeObject): IncidentOwner {
  return { cluster, ...nameOf(object) };
}

/** Missing rights or kinds narrow what is known, and with it what may be recommended; an API server that is away is waited for. */
async function readable<T>(notes: string[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const narrow = error instanceof KubernautError && !error.retryable && error.code !== 'CANCELLED';
    if (!narrow) throw error;
    notes.push(error.message.slice(0, 200));
    return undefined;
  }
}
