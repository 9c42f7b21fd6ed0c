import { isDeepStrictEqual } from 'node:util';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { Target } from '../../../../plan/model';
import type { Effect, Evidence } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import { FIELD_MANAGER } from '../../../cluster/version';
import type { ActionContext } from '../../../contract';
import { describeWriters, lastWriterOf } from '../fields/managed-fields';
import { isStampedBy, stampOf } from '../fields/operation-stamp';
import { nothingToUndo } from '../fields/set-fields';
import { stamped } from '../objects/whole-object';
import { refOf } from '../target/read-target';
import { proven, refuted } from '../wait/evidence';
import { project } from './object-diff';

/**
 * Creates the object once.
 *
 * @param understood the manifest as the server writes it (`1024Mi` → `1Gi`): what is found again
 * @throws TARGET_CHANGED when somebody else was faster
 */
export async function createOnce(
  ctx: ActionContext,
  target: Target,
  manifest: JsonObject,
  understood: JsonObject,
): Promise<void> {
  const found = await ctx.cluster.find(refOf(target));
  if (!found) await ctx.cluster.create(stamped(manifest, ctx.operationId));
  else if (!isStampedBy(found, ctx.operationId) || !holdsManifest(found, understood)) {
    const by = describeWriters(lastWriterOf(found));
    throw new KubernautError('TARGET_CHANGED', `${describeRef(target)} was created meanwhile by ${by}`);
  }
}

export async function verifyCreated(ctx: ActionContext, target: Target, manifest: JsonObject): Promise<Evidence> {
  const found = await ctx.cluster.find(refOf(target));
  if (!found) return refuted(`${describeRef(target)} does not exist`);
  if (!holdsManifest(found, manifest))
    return refuted(`${describeRef(target)} was changed by ${describeWriters(lastWriterOf(found))}`);
  return proven(`${describeRef(target)} exists as wished`, { uid: found.metadata.uid });
}

/** Deletes what this operation created, in that very version; what anybody has changed since is left alone. */
export async function undoCreate(ctx: ActionContext, target: Target, manifest: JsonObject): Promise<Effect> {
  const name = describeRef(target);
  const found = await ctx.cluster.find(refOf(target));
  if (!found) return nothingToUndo(`${name} does not exist`);
  if (!isStampedBy(found, ctx.operationId)) return nothingToUndo(`${name} was not created by this step`);
  const foreign = foreignWriter(found);
  if (stampOf(found) !== ctx.operationId || foreign !== undefined || !holdsManifest(found, manifest)) {
    const by = foreign ?? describeWriters(lastWriterOf(found));
    throw new KubernautError('UNDO_CONFLICT', `${name} was changed by ${by} and is left alone`);
  }
  const { uid, resourceVersion } = found.metadata;
  await ctx.cluster.delete(refOf(target), { uid, resourceVersion });
  return { changed: true, summary: `${name}, which this step had created, deleted`, data: { uid } };
}

/** `manifest` as the server understood it; what it filled in beside is its own (the address of a Service). */
function holdsManifest(object: KubeObject, manifest: JsonObject): boolean {
  return isDeepStrictEqual(project(object as unknown as JsonObject, manifest), manifest);
}

/** Somebody else who owns anything but status and finalizers, which controllers keep on objects of everybody. */
export function foreignWriter({ metadata }: KubeObject): string | undefined {
  const entries = (metadata.managedFields ?? []) as unknown as Array<{
    manager: string;
    subresource?: string;
    fieldsV1?: Record<string, JsonObject>;
  }>;
  return entries.find(({ manager, subresource, fieldsV1 = {} }) => {
    if (manager === FIELD_MANAGER || subresource === 'status') return false;
    const { 'f:metadata': own = {}, 'f:status': _, ...rest } = fieldsV1;
    return Object.keys(rest).length > 0 || Object.keys(own).some((key) => key !== 'f:finalizers');
  })?.manager;
}
