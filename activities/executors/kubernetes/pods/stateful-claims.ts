import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';

/** A claim of a pod that is not there any more, or whose volume is not. */
export interface BrokenClaim {
  name: string;
  /** Absent: there is no such claim. */
  uid?: string;
}

/** Names of the claims that the pod uses. */
export function claimsOf(pod: KubeObject): string[] {
  const volumes = (pod.spec?.volumes ?? []) as JsonObject[];
  return volumes.flatMap((volume) => {
    const name = (volume.persistentVolumeClaim as JsonObject | undefined)?.claimName;
    return typeof name === 'string' ? [name] : [];
  });
}

/** Those that the StatefulSet makes for it, and so makes again: `<template>-<pod>`. */
export function ownClaimsOf(set: KubeObject, pod: KubeObject): string[] {
  const templates = (set.spec?.volumeClaimTemplates ?? []) as Array<{ metadata?: { name?: string } }>;
  return templates.map(({ metadata }) => `${metadata?.name ?? ''}-${pod.metadata.name}`);
}

/** The claims that are missing or Lost: bound to a volume that does not exist, which never mends itself. */
export async function brokenClaims(ctx: ActionContext, pod: KubeObject): Promise<BrokenClaim[]> {
  const { namespace } = pod.metadata;
  const found = await Promise.all(
    claimsOf(pod).map(async (name): Promise<BrokenClaim[]> => {
      const claim = await ctx.cluster.find({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name });
      if (!claim) return [{ name }];
      return claim.status?.phase === 'Lost' ? [{ name, uid: claim.metadata.uid }] : [];
    }),
  );
  return found.flat();
}
