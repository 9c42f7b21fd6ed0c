import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { ResolvedTarget } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { describeWriters, lastWriterOf } from '../fields/managed-fields';
import { isStampedBy } from '../fields/operation-stamp';
import { stamped } from '../objects/whole-object';
import { displayName } from '../target/read-target';

/** Put on the one pod that the policy isolates; its value is the operation's own. */
export const QUARANTINE_LABEL = 'kubernaut.dev/quarantine';

/** A label value, and part of the policy's name; an operation id itself has characters that neither may have. */
export function quarantineId(operationId: string): string {
  return createHash('sha256').update(operationId).digest('hex').slice(0, 20);
}

type Pod = Pick<ResolvedTarget, 'namespace' | 'name' | 'uid'>;

/** Denies all traffic from and to the pod of that label. Owned by the pod: Kubernetes deletes it with the pod. */
export function quarantinePolicy(operationId: string, { namespace, name, uid }: Pod): JsonObject {
  const id = quarantineId(operationId);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      ...(namespace !== undefined && { namespace }),
      name: `kubernaut-quarantine-${id}`,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid: uid ?? '' }],
    },
    spec: { podSelector: { matchLabels: { [QUARANTINE_LABEL]: id } }, policyTypes: ['Ingress', 'Egress'] },
  };
}

/** Creates the policy once: it selects nothing until the pod has the label. @throws TARGET_CHANGED when another has its name */
export async function ensurePolicy(ctx: ActionContext, pod: Pod): Promise<void> {
  const found = await findPolicy(ctx, pod);
  if (found === undefined) {
    await ctx.cluster.create(stamped(quarantinePolicy(ctx.operationId, pod), ctx.operationId));
  } else if (!isOurs(ctx, found, pod)) {
    throw new KubernautError(
      'TARGET_CHANGED',
      `NetworkPolicy ${displayName(found.metadata)} is not as this step makes it`,
    );
  }
}

/** @throws UNDO_CONFLICT when somebody changed it: it is not deleted then */
export async function findOwnPolicy(ctx: ActionContext, pod: Pod): Promise<KubeObject | undefined> {
  const found = await findPolicy(ctx, pod);
  if (found === undefined || isOurs(ctx, found, pod)) return found;
  throw new KubernautError(
    'UNDO_CONFLICT',
    `NetworkPolicy ${displayName(found.metadata)} was changed by ${describeWriters(lastWriterOf(found))} and is left alone`,
  );
}

/** The server fills nothing in that a policy without rules leaves open, so the spec reads back as written. */
export function isOurs(ctx: Pick<ActionContext, 'operationId'>, policy: KubeObject, pod: Pod): boolean {
  return (
    isStampedBy(policy, ctx.operationId) && isDeepStrictEqual(policy.spec, quarantinePolicy(ctx.operationId, pod).spec)
  );
}

function findPolicy(ctx: ActionContext, pod: Pod): Promise<KubeObject | undefined> {
  const { apiVersion, kind, metadata } = quarantinePolicy(ctx.operationId, pod) as unknown as KubeObject;
  return ctx.cluster.find({ apiVersion, kind, namespace: pod.namespace, name: metadata.name });
}
