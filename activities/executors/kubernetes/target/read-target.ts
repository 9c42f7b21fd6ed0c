import { KubernautError } from '../../../../plan/errors';
import type { Target } from '../../../../plan/model';
import type { ResolvedTarget, StepRequest } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext } from '../../../contract';

/** What a phase needs of its step; every action's step fits. */
export type TargetedStep = Pick<StepRequest, 'target' | 'action'>;

export function targetOf(step: TargetedStep): Target {
  if (step.target) return step.target;
  throw new KubernautError('PRECONDITION_FAILED', `${step.action} needs a target`);
}

/** Reads the target; a uid in the step (or the one found by validate) must still be the object's. */
export async function readTarget(ctx: ActionContext, target: Target): Promise<KubeObject> {
  const object = await ctx.cluster.get(refOf(target));
  return requireSame(object, target);
}

/** Like `readTarget`; `undefined` when nothing stands under the name any more. */
export async function findTarget(ctx: ActionContext, target: Target): Promise<KubeObject | undefined> {
  const object = await ctx.cluster.find(refOf(target));
  return object && requireSame(object, target);
}

export function refOf({ apiVersion, kind, namespace, name }: Target) {
  return { apiVersion, kind, namespace, name };
}

export function refOfObject({ apiVersion, kind, metadata }: KubeObject) {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

/** `shop/web`, `node-1`. */
export function displayName(target: { namespace?: string; name: string }): string {
  return target.namespace ? `${target.namespace}/${target.name}` : target.name;
}

export function resolvedTarget(target: Target, object: KubeObject): ResolvedTarget {
  return {
    cluster: target.cluster,
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
    name: object.metadata.name,
    uid: object.metadata.uid,
    resourceVersion: object.metadata.resourceVersion,
  };
}

/** The target as validate resolved it. Without one there is nothing to hold execute to, which is a bug of the caller. */
export function validatedTarget(validation: { target?: ResolvedTarget }): ResolvedTarget & { uid: string } {
  const { target } = validation;
  if (target?.uid !== undefined) return { ...target, uid: target.uid };
  throw new KubernautError('INTERNAL', 'the validation carries no resolved target');
}

function requireSame(object: KubeObject, target: Target): KubeObject {
  if (target.uid === undefined || object.metadata.uid === target.uid) return object;
  throw new KubernautError(
    'TARGET_REPLACED',
    `${describeRef(target)} is another object now: uid ${object.metadata.uid} instead of ${target.uid}`,
  );
}
