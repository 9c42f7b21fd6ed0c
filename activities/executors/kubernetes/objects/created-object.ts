import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { Target } from '../../../../plan/model';
import type { Effect, Evidence } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext } from '../../../contract';
import { describeWriters, lastWriterOf } from '../fields/managed-fields';
import { isStampedBy } from '../fields/operation-stamp';
import { nothingToUndo } from '../fields/set-fields';
import { refOf } from '../target/read-target';
import { proven, refuted } from '../wait/evidence';
import { manifestOf, sameManifest, stamped } from './whole-object';

/** When a found object still is what was created, and who has made it his own since. */
export interface Sameness {
  holds(found: KubeObject, manifest: JsonObject): boolean;
  /** Whoever else has a hand in it, although it holds. */
  foreign?(found: KubeObject, operationId: string): string | undefined;
}

/** Every field, but what the server keeps for itself. */
const whole: Sameness = { holds: (found, manifest) => sameManifest(manifestOf(found), manifest) };

/** Has the server try it, and returns what it would store, its defaults filled in: that is what has to be found again. */
export async function dryRunCreate(ctx: ActionContext, manifest: JsonObject): Promise<JsonObject> {
  return manifestOf(await ctx.cluster.create(manifest, { dryRun: true }));
}

/**
 * Creates the object that validate found missing. Run twice it is one object: the stamp says that it is our own.
 *
 * @param understood the manifest as the server writes it (`1024Mi` → `1Gi`), where it differs: what is found again
 * @throws {KubernautError} `TARGET_CHANGED` when somebody else created one of the name, or changed ours
 */
export async function createExactly(
  ctx: ActionContext,
  target: Target,
  manifest: JsonObject,
  { understood = manifest, sameness = whole }: { understood?: JsonObject; sameness?: Sameness } = {},
): Promise<KubeObject> {
  const ours = (found: KubeObject) =>
    isStampedBy(found, ctx.operationId) && sameness.holds(found, understood) ? found : undefined;
  let found = await ctx.cluster.find(refOf(target));
  if (!found) {
    try {
      return await ctx.cluster.create(stamped(manifest, ctx.operationId));
    } catch (error) {
      // Two workers at once: the second is told that it exists, which is what it wants.
      const exists = error instanceof KubernautError && error.code === 'PRECONDITION_FAILED';
      found = exists ? await ctx.cluster.find(refOf(target)) : undefined;
      if (!found) throw error;
    }
  }
  const mine = ours(found);
  if (mine) return mine;
  const by = describeWriters(lastWriterOf(found));
  throw new KubernautError('TARGET_CHANGED', `${describeRef(target)} was created meanwhile by ${by}`);
}

export async function verifyCreated(
  ctx: ActionContext,
  target: Target,
  manifest: JsonObject,
  sameness = whole,
): Promise<Evidence> {
  const found = await ctx.cluster.find(refOf(target));
  if (!found) return refuted(`${describeRef(target)} does not exist`);
  if (!sameness.holds(found, manifest))
    return refuted(`${describeRef(target)} was changed by ${describeWriters(lastWriterOf(found))}`);
  return proven(`${describeRef(target)} exists as wished`, { uid: found.metadata.uid });
}

/**
 * Deletes exactly what this step created, by uid; also right when it is unknown whether it did.
 *
 * @throws {KubernautError} `UNDO_CONFLICT` when somebody changed it since
 */
export async function deleteCreated(
  ctx: ActionContext,
  target: Target,
  manifest: JsonObject,
  effect?: Effect,
  sameness = whole,
): Promise<Effect> {
  const name = describeRef(target);
  const found = await ctx.cluster.find(refOf(target));
  if (!found) return nothingToUndo(`${name} does not exist`);
  const { uid, resourceVersion } = found.metadata;
  if (!isStampedBy(found, ctx.operationId) || (effect?.data.uid ?? uid) !== uid)
    return nothingToUndo(`${name} was not created by this step`);
  const foreign = sameness.foreign?.(found, ctx.operationId);
  if (foreign !== undefined || !sameness.holds(found, manifest)) {
    const by = foreign ?? describeWriters(lastWriterOf(found));
    throw new KubernautError('UNDO_CONFLICT', `${name} was changed by ${by} and is left alone`);
  }
  await ctx.cluster.delete(refOf(target), { uid, resourceVersion });
  return { changed: true, summary: `${name}, which this step had created, deleted`, data: { uid } };
}
