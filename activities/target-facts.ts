import type { ResolvedTarget, TargetFacts } from '../plan/step-io';
import { KubernautError } from '../plan/errors';
import type { KubeObject, ObjectRef } from './cluster/cluster';
import type { ActionContext, Permission } from './contract';

/** What the executor itself needs beside its actions, so that policies know the labels of a target's namespace. */
export const factPermission: Permission = { apiGroup: '', resource: 'namespaces', verbs: ['get'] };

const MAX_ANNOTATIONS = 32;
const MAX_ANNOTATION = 256;

/**
 * What policies ask about a target: its labels, those of its namespace, its replicas. What may not be read is left out, and
 * rules that ask for it then restrict.
 */
export async function targetFacts(ctx: ActionContext, target: ResolvedTarget): Promise<TargetFacts> {
  const { apiVersion, kind, namespace, name } = target;
  const [object, space] = await Promise.all([
    readable(ctx, {
      ...(apiVersion !== undefined && { apiVersion }),
      kind,
      ...(namespace !== undefined && { namespace }),
      name,
    }),
    namespace === undefined ? undefined : readable(ctx, { apiVersion: 'v1', kind: 'Namespace', name: namespace }),
  ]);
  const replicas = object === 'unknown' ? undefined : object?.spec?.['replicas'];
  return {
    // An object that an action will create has none yet.
    ...(object !== 'unknown' && {
      labels: object?.metadata.labels ?? {},
      annotations: short(object?.metadata.annotations ?? {}),
    }),
    ...(space !== 'unknown' && { namespaceLabels: space?.metadata.labels ?? {} }),
    ...(typeof replicas === 'number' && { replicas }),
  };
}

async function readable(ctx: ActionContext, ref: ObjectRef): Promise<KubeObject | undefined | 'unknown'> {
  try {
    return await ctx.cluster.find(ref);
  } catch (error) {
    // Neither is a fault of the step: a kind that is none of Kubernetes' (a rule file), or a right that nobody gave.
    const unreadable = ['FORBIDDEN', 'PRECONDITION_FAILED', 'TARGET_NOT_FOUND'];
    if (error instanceof KubernautError && unreadable.includes(error.code)) return 'unknown';
    throw error;
  }
}

function short(annotations: Record<string, string>): Record<string, string> {
  const entries = Object.entries(annotations).filter(([, value]) => value.length <= MAX_ANNOTATION);
  return Object.fromEntries(entries.slice(0, MAX_ANNOTATIONS));
}
