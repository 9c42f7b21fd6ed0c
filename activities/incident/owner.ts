import type { FoundOwner, IncidentOwner, OwnerInput } from '../../plan/incident';
import type { KubeObject, ObjectRef } from '../cluster/cluster';
import { groupOf } from '../cluster/discovery';
import type { ActionContext } from '../contract';
import { controllerOf } from '../executors/kubernetes/pods/pod';
import { belongings, nameOf } from './belongings';
import { changedLately, findingsAbout } from './findings';
import { readable } from './readable';

/** Groups whose controllers Kubernaut knows; an owner of any other kind (a custom resource) is left alone. */
const KNOWN_GROUPS = ['apps', 'batch'];
/** Pod → Job → CronJob, Pod → ReplicaSet → Deployment. */
const LONGEST_CHAIN = 4;

/**
 * The top owner of an incident's object as the cluster has it now, what belongs to it, and what is to be known about it. What
 * cannot be read is left out, with a note.
 */
export async function findOwner(ctx: ActionContext, { owner, pods }: OwnerInput): Promise<FoundOwner> {
  const notes: string[] = [];
  const start = await firstFound(ctx, owner, pods, notes);
  if (start === undefined) {
    notes.push(`${owner.kind} ${owner.name} is not there (any more)`);
    return { owner, objects: [], notes };
  }
  const top = await topOf(ctx, start, notes);
  const [objects, findings, changed] = await Promise.all([
    belongings(ctx, top, notes),
    findingsAbout(ctx, top, notes),
    changedLately(ctx, top, notes),
  ]);
  return { owner: ownerOf(owner.cluster, top), objects, findings, changed, notes };
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

function ownerOf(cluster: string, object: KubeObject): IncidentOwner {
  return { cluster, ...nameOf(object) };
}
