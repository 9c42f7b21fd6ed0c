import type { ResolvedTarget, Validation } from '../plan/step-io';
import type { KubeObject } from './cluster/cluster';
import { describeRef } from './cluster/resource-path';
import type { ActionContext } from './contract';
import { KubernautError } from '../plan/errors';

type Owner = NonNullable<Validation['owner']>;

const POD_TEMPLATE_HASH = 'pod-template-hash';

/**
 * Who else is concerned when `target` is acted on: of a pod (ReplicaSet, Job) its workload, of an autoscaler what it scales.
 * The run takes the guard of both, so that nobody restarts a pod of a Deployment that is being rolled back. Found from the
 * target alone: a ReplicaSet of a Deployment carries the Deployment's name and the hash that is a label of both.
 */
export async function guardedOwner(ctx: ActionContext, target: ResolvedTarget): Promise<Owner | undefined> {
  if (!kinds.has(target.kind) || target.apiVersion === undefined) return undefined;
  const { apiVersion, kind, namespace, name } = target;
  try {
    return ownerOf(await ctx.cluster.get({ apiVersion, kind, namespace, name }));
  } catch (error) {
    if (!(error instanceof KubernautError) || error.code !== 'TARGET_NOT_FOUND') throw error;
    ctx.log.warn(`${describeRef(target)} is gone; nobody knows its owner`);
    return undefined;
  }
}

const kinds: ReadonlySet<string> = new Set(['Pod', 'ReplicaSet', 'Job', 'HorizontalPodAutoscaler']);

export function ownerOf(object: KubeObject): Owner | undefined {
  const { namespace, labels = {}, ownerReferences = [] } = object.metadata;
  if (object.kind === 'HorizontalPodAutoscaler') {
    const scaled = object.spec?.['scaleTargetRef'] as { kind?: string; name?: string } | undefined;
    return scaled?.kind && scaled.name ? owner(scaled.kind, namespace, scaled.name) : undefined;
  }
  const controller = ownerReferences.find((reference) => reference.controller === true);
  if (controller === undefined) return undefined;
  const hash = labels[POD_TEMPLATE_HASH];
  if (controller.kind === 'ReplicaSet' && hash && controller.name.endsWith(`-${hash}`)) {
    return owner('Deployment', namespace, controller.name.slice(0, -hash.length - 1));
  }
  return owner(controller.kind, namespace, controller.name);
}

function owner(kind: string, namespace: string | undefined, name: string): Owner {
  return { kind, ...(namespace !== undefined && { namespace }), name };
}
