import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { logTail } from '../pods/log-tail';
import { selectorText } from '../pods/label-selector';
import { controllerOf, isFinished, isReady, restartCount } from '../pods/pod';
import { eventLines } from '../reading/events';
import type { Bundle, BundleLog } from './bundle';
import { containersOf, objectFacts, podFacts } from './facts';

const MAX_PODS = 10;
/** Logs of the pods in most trouble only. */
const LOGGED_PODS = 3;
const LOGGED_CONTAINERS = 4;
const MAX_EVENTS = 100;

export interface CollectOptions {
  sinceSeconds: number;
  lines: number;
}

/** Reads all there is to know of an object, its owners and its pods. Of a node's pods no logs: they are other people's. */
export async function collect(ctx: ActionContext, object: KubeObject, options: CollectOptions): Promise<Bundle> {
  const pods = (await podsOf(ctx, object)).sort((a, b) => troubleOf(b) - troubleOf(a));
  const owners = await ownersOf(ctx, object);
  const logged = object.kind === 'Node' ? [] : pods.slice(0, LOGGED_PODS);
  const [events, logs] = await Promise.all([
    eventsOf(ctx, object, { owners, pods, ...options }),
    Promise.all(logged.flatMap((pod) => logsOf(ctx, pod, options.lines))),
  ]);
  return {
    object: object.kind === 'Pod' ? podFacts(object) : objectFacts(object),
    owners: owners.map(({ kind, name }) => `${kind} ${name}`),
    pods: object.kind === 'Pod' ? [] : pods.slice(0, MAX_PODS).map(podFacts),
    podCount: pods.length,
    events,
    logs: logs.flat(),
  };
}

async function podsOf(ctx: ActionContext, object: KubeObject): Promise<KubeObject[]> {
  const { kind, metadata, spec } = object;
  if (kind === 'Pod') return [object];
  const query = { apiVersion: 'v1', kind: 'Pod' };
  if (kind === 'Node')
    return (await ctx.cluster.list({ ...query, fieldSelector: `spec.nodeName=${metadata.name}` })).items;
  const labelSelector = selectorText(spec?.selector);
  if (labelSelector === undefined) return [];
  return (await ctx.cluster.list({ ...query, namespace: metadata.namespace, labelSelector })).items;
}

/** A finished pod is in no trouble, whatever its conditions say. */
function troubleOf(pod: KubeObject): number {
  if (isFinished(pod)) return pod.status?.phase === 'Failed' ? 1_000 : -1;
  return (isReady(pod) ? 0 : 10_000) + Math.min(restartCount(pod), 999);
}

/** Pod → ReplicaSet → Deployment: only the link in the middle has to be read, the owner at the end is named by it. */
async function ownersOf(ctx: ActionContext, object: KubeObject): Promise<Array<{ kind: string; name: string }>> {
  const owner = controllerOf(object);
  if (!owner) return [];
  const { apiVersion, kind, name, uid } = owner;
  const first = { kind, name };
  if (kind !== 'ReplicaSet') return [first];
  const found = await ctx.cluster.find({ apiVersion, kind, namespace: object.metadata.namespace, name });
  const above = found?.metadata.uid === uid ? controllerOf(found) : undefined;
  return above ? [first, { kind: above.kind, name: above.name }] : [first];
}

async function eventsOf(
  ctx: ActionContext,
  { kind, metadata: { namespace, name } }: KubeObject,
  given: { owners: ReadonlyArray<{ name: string }>; pods: readonly KubeObject[]; sinceSeconds: number },
) {
  // A node's events stand in the namespace `default`.
  const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Event', namespace: namespace ?? 'default' });
  const names = new Set([name, ...given.owners.map((each) => each.name)]);
  if (kind !== 'Node') for (const pod of given.pods) names.add(pod.metadata.name);
  const concerned = items.filter((event) => {
    const about = (event.involvedObject ?? {}) as JsonObject;
    if (kind === 'Node') return about.kind === 'Node' && about.name === name;
    // The ReplicaSets of a Deployment, and pods that are gone, are called after it.
    const below = kind !== 'Pod' && typeof about.name === 'string' && about.name.startsWith(`${name}-`);
    return below || names.has(String(about.name));
  });
  return eventLines(concerned, { now: ctx.clock.now(), sinceSeconds: given.sinceSeconds, limit: MAX_EVENTS });
}

/** A container that was restarted says why in the log of the run before. */
function logsOf(ctx: ActionContext, pod: KubeObject, lines: number): Array<Promise<BundleLog>> {
  return containersOf(pod)
    .slice(-LOGGED_CONTAINERS)
    .flatMap(({ name: container, restarts }) =>
      (restarts > 0 ? [true, false] : [false]).map(async (previous) => ({
        ...{ pod: pod.metadata.name, container },
        ...(previous && { previous }),
        ...(await logTail(ctx, pod.metadata, { container, lines, ...(previous && { previous }) })),
      })),
    ) as Array<Promise<BundleLog>>;
}
