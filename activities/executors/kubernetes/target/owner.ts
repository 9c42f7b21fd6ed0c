import { KubernautError } from '../../../../plan/errors';
import type { Target } from '../../../../plan/model';
import type { KubeObject } from '../../../cluster/cluster';
import { groupOf } from '../../../cluster/discovery';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext, Permission } from '../../../contract';
import { controllerOf } from '../pods/pod';
import { OWNED_KINDS, refuseMissing } from './preflight';
import { displayName, readTarget, refOfObject } from './read-target';

/** A chain is Pod → ReplicaSet → Deployment; longer ones are somebody's mistake. */
const LONGEST_CHAIN = 4;

export interface ResolvedOwner {
  /** The workload, with its uid; or the target as it was given when the action acts on that kind itself. */
  target: Target;
  /** For the preview: that, and how, another object is acted on than was named. */
  notes: string[];
}

/**
 * Alerts and people name a Pod or a ReplicaSet where the workload is meant: an action on workloads that also lists these kinds
 * among its `targetKinds` acts on their top owner (Pod → ReplicaSet → Deployment), as far as the chain consists of its kinds.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` when there is no such owner · `FORBIDDEN` with all rights that are missing
 */
export async function resolveOwner(
  ctx: ActionContext,
  target: Target,
  action: { permissions: readonly Permission[]; targetKinds: readonly string[] },
): Promise<ResolvedOwner> {
  const workloads = action.targetKinds.filter((kind) => !OWNED_KINDS.includes(kind));
  if (!OWNED_KINDS.includes(target.kind) || workloads.length === 0) return { target, notes: [] };
  try {
    const owner = await topOwner(ctx, target, action.targetKinds);
    if (!workloads.includes(owner.kind)) {
      const found = owner.kind === target.kind && owner.metadata.name === target.name;
      const belongs = controllerOf(owner);
      const whose = belongs ? `belongs to ${belongs.kind} ${belongs.name}` : 'has no controller';
      throw new KubernautError(
        'PRECONDITION_FAILED',
        `${describeRef(target)}: ${found ? 'it' : `its owner ${owner.kind} ${owner.metadata.name}`} ${whose}; the action applies to ${workloads.join(', ')}`,
      );
    }
    const { uid } = owner.metadata;
    return {
      target: { cluster: target.cluster, ...refOfObject(owner), uid },
      notes: [
        `${target.kind} ${displayName(target)} belongs to ${owner.kind} ${owner.metadata.name}, which is acted on`,
      ],
    };
  } catch (error) {
    if (error instanceof KubernautError && error.code === 'FORBIDDEN') {
      await refuseMissing(ctx, target, action.permissions);
    }
    throw error;
  }
}

/** The last object of the chain whose kind the action knows; every link is held to the uid it names. */
async function topOwner(ctx: ActionContext, target: Target, kinds: readonly string[]): Promise<KubeObject> {
  let object = await readTarget(ctx, target);
  for (let links = 0; links < LONGEST_CHAIN; links++) {
    const owner = controllerOf(object);
    if (owner === undefined || groupOf(owner.apiVersion) !== 'apps' || !kinds.includes(owner.kind)) return object;
    const { apiVersion, kind, name, uid } = owner;
    const { namespace } = object.metadata;
    const found = await ctx.cluster.find({ apiVersion, kind, namespace, name });
    if (found?.metadata.uid !== uid) {
      throw new KubernautError('PRECONDITION_FAILED', `${describeRef(target)}: its owner ${kind} ${name} is gone`);
    }
    object = found;
  }
  return object;
}
