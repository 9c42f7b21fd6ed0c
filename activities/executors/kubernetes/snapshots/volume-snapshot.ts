import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../../../plan/json';
import type { KubeObject, ObjectRef } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { OPERATION_ANNOTATION } from '../fields/operation-stamp';

export const SNAPSHOT_API = 'snapshot.storage.k8s.io/v1';

/** What validate decided; the name follows from the operation, so a second execute finds the first one's snapshot. */
export type SnapshotImage = { name: string; class: string; deletionPolicy: string };

export function snapshotName(claim: string, operationId: string): string {
  const suffix = createHash('sha256').update(operationId).digest('hex').slice(0, 10);
  return `${claim.slice(0, 40).replace(/[-.]+$/, '')}-kubernaut-${suffix}`;
}

export function snapshotRef(namespace: string | undefined, { name }: SnapshotImage): ObjectRef {
  return { apiVersion: SNAPSHOT_API, kind: 'VolumeSnapshot', namespace, name };
}

export function snapshotManifest(
  ctx: ActionContext,
  claim: { namespace?: string; name: string },
  { name, class: className }: SnapshotImage,
): JsonObject {
  return {
    apiVersion: SNAPSHOT_API,
    kind: 'VolumeSnapshot',
    metadata: {
      ...(claim.namespace !== undefined && { namespace: claim.namespace }),
      name,
      annotations: { [OPERATION_ANNOTATION]: ctx.operationId },
    },
    spec: { volumeSnapshotClassName: className, source: { persistentVolumeClaimName: claim.name } },
  };
}

/**
 * Is it still what we created? The snapshot controller adds finalizers, annotations and status; a label or another spec comes
 * from somebody who has a use for it.
 */
export function isAsCreated(snapshot: KubeObject, manifest: JsonObject): boolean {
  const labels = snapshot.metadata.labels ?? {};
  return isDeepStrictEqual(snapshot.spec, manifest.spec) && Object.keys(labels).length === 0;
}

/** Claims that are being filled from the snapshot: without it they would stay Pending for ever. */
export function claimsInTheMaking(claims: readonly KubeObject[], snapshot: string): string[] {
  return claims.flatMap(({ metadata, spec, status }) => {
    const source = (spec?.dataSourceRef ?? spec?.dataSource) as JsonObject | undefined;
    const from = source?.kind === 'VolumeSnapshot' && source.name === snapshot;
    return from && status?.phase !== 'Bound' ? [metadata.name] : [];
  });
}
