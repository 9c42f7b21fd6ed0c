import { isDeepStrictEqual } from 'node:util';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { Target } from '../../../../plan/model';
import type { Effect, Evidence, ResolvedTarget } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext, ActionValidation } from '../../../contract';
import { pointer } from '../fields/json-pointer';
import { describeWriters, lastWriterOf } from '../fields/managed-fields';
import { isStampedBy, stampOf } from '../fields/operation-stamp';
import { nothingToUndo } from '../fields/set-fields';
import { foreignWriter } from '../manifests/applied-object';
import { stamped } from '../objects/whole-object';
import { refuseIf } from '../target/preflight';
import { displayName, refOf } from '../target/read-target';
import { proven, refuted } from '../wait/evidence';
import { guarded } from './guarded';
import { hashesOf } from './hash';
import type { SecretImage } from './secret-action';
import { dataOf } from './value-source';

/** A Secret to be made where there is none. */
export interface NewSecret {
  type: string;
  /** By key, base64. */
  values: Record<string, string>;
  problems: string[];
}

type Creation = Pick<ActionValidation<SecretImage>, 'target' | 'before' | 'summary'>;

/** Dry-runs the creation. No undo record is needed: the undo is to delete what was created. */
export async function previewSecret(
  ctx: ActionContext,
  target: Target,
  { type, values, problems }: NewSecret,
): Promise<ActionValidation<SecretImage>> {
  refuseIf(target, problems);
  const keys = Object.keys(values).sort();
  await guarded(values, () => ctx.cluster.create(manifestOf(ctx, target, type, values), { dryRun: true }));
  const after = await hashesOf(target, values, keys);
  return {
    target: { ...target, apiVersion: 'v1' },
    before: { keys, before: {}, after, stamp: '', type },
    diff: keys.map((key) => ({ path: pointer('data', key), after: after[key] })),
    warnings: ['there is no such Secret: it is created, and pods that wait for it go on'],
    summary: `create secret ${displayName(target)}: ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ' …' : ''}`,
    noEffect: false,
  };
}

/** @throws TARGET_CHANGED when somebody else was faster, or the source is not what was approved */
export async function createSecret(
  ctx: ActionContext,
  validation: Creation,
  read: (target: Target) => Promise<NewSecret>,
): Promise<Effect> {
  const target = targetOf(validation);
  const { keys, after, type } = validation.before;
  const done = { changed: true, summary: validation.summary, data: { keys, created: true } };
  const found = await ctx.cluster.find(refOf(target));
  if (found) {
    if (isStampedBy(found, ctx.operationId) && (await isAsCreated(found, validation))) return done;
    const by = describeWriters(lastWriterOf(found));
    throw new KubernautError('TARGET_CHANGED', `${describeRef(target)} was created meanwhile by ${by}`);
  }
  const source = await read(target);
  if (source.type !== type || !isDeepStrictEqual(await hashesOf(target, source.values, keys), after))
    throw new KubernautError('TARGET_CHANGED', `${describeRef(target)}: the source of a value was changed meanwhile`);
  const values = Object.fromEntries(keys.map((key) => [key, source.values[key] ?? '']));
  await guarded(values, () => ctx.cluster.create(manifestOf(ctx, target, source.type, values)));
  return done;
}

export async function verifySecret(ctx: ActionContext, validation: Creation): Promise<Evidence> {
  const target = targetOf(validation);
  const found = await ctx.cluster.find(refOf(target));
  if (!found) return refuted(`${describeRef(target)} does not exist`);
  const data = { keys: validation.before.keys, uid: found.metadata.uid };
  return (await isAsCreated(found, validation))
    ? proven(`${describeRef(target)} reads back as written`, data)
    : refuted(`${describeRef(target)} was changed by ${describeWriters(lastWriterOf(found))}`, data);
}

/** Deletes exactly what this operation created; what anybody has changed or added since is left alone. */
export async function undoSecret(ctx: ActionContext, validation: Creation): Promise<Effect> {
  const target = targetOf(validation);
  const name = describeRef(target);
  const found = await ctx.cluster.find(refOf(target));
  if (!found) return nothingToUndo(`${name} does not exist`);
  if (!isStampedBy(found, ctx.operationId)) return nothingToUndo(`${name} was not created by this step`);
  const foreign = foreignWriter(found);
  if (stampOf(found) !== ctx.operationId || foreign !== undefined || !(await isAsCreated(found, validation))) {
    const by = foreign ?? describeWriters(lastWriterOf(found));
    throw new KubernautError('UNDO_CONFLICT', `${name} was changed by ${by} and is left alone`);
  }
  const { uid, resourceVersion } = found.metadata;
  await ctx.cluster.delete(refOf(target), { uid, resourceVersion });
  return { changed: true, summary: `${name}, which this step had created, deleted`, data: { uid } };
}

async function isAsCreated(secret: KubeObject, { before: { keys, after, type } }: Creation): Promise<boolean> {
  const data = dataOf(secret);
  const same = secret.type === type && isDeepStrictEqual(Object.keys(data).sort(), keys);
  return same && isDeepStrictEqual(await hashesOf(secret.metadata, data, keys), after);
}

function manifestOf(
  ctx: ActionContext,
  { namespace, name }: Target,
  type: string,
  data: Record<string, string>,
): JsonObject {
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  return stamped({ apiVersion: 'v1', kind: 'Secret', metadata, type, data }, ctx.operationId);
}

function targetOf({ target }: Creation): ResolvedTarget {
  if (target) return target;
  throw new KubernautError('INTERNAL', 'the validation carries no target');
}
