import { KubernautError } from '../../../../plan/errors';
import type { Json } from '../../../../plan/json';
import type { Effect, FieldChange, ResolvedTarget } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import { FIELD_MANAGER } from '../../../cluster/version';
import type { ActionContext, ActionValidation } from '../../../contract';
import { findTarget, readTarget, refOf, validatedTarget } from '../target/read-target';
import { valueAt } from './json-pointer';
import { describeWriters, lastWriterOf, writersOf, type FieldWriter } from './managed-fields';
import { addStamp, isStampedBy, isStampedSince, stampOf, stampWish, withoutStamp } from './operation-stamp';
import {
  holds,
  identityGuard,
  liftWishes,
  patchFor,
  wishOf,
  type FieldWish,
  type RecordedField,
} from './recorded-field';
import { retryConflicts } from './retry-conflicts';

/** Before-image of an action that sets fields of one object: those fields only, with their absence recorded. */
export type FieldImage = {
  fields: RecordedField[];
  /** Fields that give the paths their meaning (the name of the container at an index): they must stay as they are. */
  guards: RecordedField[];
  /** Value of the operation annotation, `''` for none; put back by an undo. */
  stamp: string;
};

export type FieldValidation = ActionValidation<FieldImage>;

/** The patch that sets `wishes` and the stamp on exactly the object that was read. */
export function fieldPatch(object: KubeObject, wishes: readonly FieldWish[], stamp: string) {
  const stampWishes = liftWishes(object, [stampWish(stamp)]);
  return [...identityGuard(object), ...patchFor(object, wishes), ...patchFor(object, stampWishes)];
}

/**
 * Sets the fields to what validate found them to become. Safe to run twice: the stamp says that the values are our own.
 * Anything else than the before-image is somebody else's later change and stops it (`TARGET_CHANGED`).
 *
 * @param write sets fields and stamp on exactly the object that was read, when a patch of the fields is not how. Default: that.
 */
export async function setFields(
  ctx: ActionContext,
  validation: FieldValidation,
  write?: (object: KubeObject) => Promise<unknown>,
): Promise<{ changed: boolean }> {
  const target = validatedTarget(validation);
  const { fields, guards, stamp } = validation.before;
  const wished = validation.diff.map(({ path, after }): FieldWish => ({ path, value: after }));
  const patch = (object: KubeObject) =>
    ctx.cluster.patch(refOf(target), fieldPatch(object, wished, addStamp(stampOf(object), ctx.operationId)));
  return retryConflicts(ctx, async () => {
    const object = await readTarget(ctx, target);
    requireGuards(object, guards, 'TARGET_CHANGED');
    const asBefore = fields.every((field) => holds(object, wishOf(field)));
    if (validation.noEffect && asBefore) return { changed: false };
    const asWished = wished.length > 0 && wished.every((wish) => holds(object, wish));
    if (asWished && isStampedBy(object, ctx.operationId)) return { changed: true };
    if (!asBefore) throw changed(target, describeState(object, fields));
    if (isStampedSince(object, ctx.operationId, stamp)) {
      const writers = describeWriters(lastWriters(object, fields));
      throw changed(target, `this operation had set it, and ${writers} put it back`);
    }
    await (write ?? patch)(object);
    return { changed: true };
  });
}

/**
 * Brings the fields back to the before-image, absence included, and the annotation too. Also right when it is unknown whether
 * execute ran: fields as before need no undo, fields that are ours by value, stamp and owner are restored, all else is left
 * alone (`UNDO_CONFLICT`).
 */
export async function restoreFields(ctx: ActionContext, validation: FieldValidation): Promise<Effect> {
  const target = validatedTarget(validation);
  const { fields, guards, stamp } = validation.before;
  const name = describeRef(target);
  const wished = validation.diff.map(({ path, after }): FieldWish => ({ path, value: after }));
  return retryConflicts(ctx, async () => {
    const object = await findTarget(ctx, target);
    if (!object) return nothingToUndo(`${name} does not exist any more`);
    if (validation.noEffect || fields.every((field) => holds(object, wishOf(field)))) {
      return nothingToUndo(`${name} is as it was before`);
    }
    requireGuards(object, guards, 'UNDO_CONFLICT');
    const ours =
      wished.every((wish) => holds(object, wish)) && isStampedBy(object, ctx.operationId) && ownsFields(object, wished);
    if (!ours) throw new KubernautError('UNDO_CONFLICT', `${name} was left alone: ${describeState(object, fields)}`);
    const restored = fields.map(wishOf);
    const earlier = withoutStamp(stampOf(object), ctx.operationId, stamp);
    await ctx.cluster.patch(refOf(target), fieldPatch(object, restored, earlier));
    return {
      changed: true,
      summary: `${name}: ${fields.map((field) => `${field.path} back to ${show(wishOf(field).value)}`).join(', ')}`,
      data: { restored: fields.map(({ path }) => path) },
    };
  });
}

function changed(target: ResolvedTarget, what: string): KubernautError {
  return new KubernautError('TARGET_CHANGED', `${describeRef(target)}: ${what}`);
}

export function nothingToUndo(why: string): Effect {
  return { changed: false, summary: `nothing to undo: ${why}`, data: {} };
}

/**
 * The same value may have been set again by somebody else after us; then it is theirs. Without any record the stamp decides:
 * an absent field has no owner, and whoever owns what it once stood in (`f:data: {}`) says nothing about it.
 */
function ownsFields(object: KubeObject, wishes: readonly FieldWish[]): boolean {
  return wishes.every(({ path, value }) => {
    if (value === undefined) return true;
    const writers = writersOf(object, path);
    return writers.length === 0 || writers.some(({ manager }) => manager === FIELD_MANAGER);
  });
}

function requireGuards(
  object: KubeObject,
  guards: readonly RecordedField[],
  code: 'TARGET_CHANGED' | 'UNDO_CONFLICT',
): void {
  if (guards.every((guard) => holds(object, wishOf(guard)))) return;
  throw new KubernautError(
    code,
    `${describeRef({ kind: object.kind, ...object.metadata })}: ${describeState(object, guards)}`,
  );
}

/** What stands there instead, and who wrote it: `/spec/replicas is 7, not 3 (written by kubectl at …)`. */
export function describeState(object: KubeObject, fields: readonly RecordedField[]): string {
  const differing = fields.filter((field) => !holds(object, wishOf(field)));
  return differing
    .map((field) => {
      const found = show(valueAt(object, field.path));
      return `${field.path} is ${found}, not ${show(wishOf(field).value)} (written by ${describeWriters(lastWriters(object, [field]))})`;
    })
    .join('; ');
}

/** Of a field that is absent nobody is recorded as the writer; then whoever last wrote the object is the best guess. */
function lastWriters(object: KubeObject, fields: readonly RecordedField[]): FieldWriter[] {
  const known = fields.flatMap(({ path }) => writersOf(object, path));
  return known.length > 0 ? known : lastWriterOf(object);
}

export function show(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** The diff as a table for `effect.data`: `{"/spec/replicas": 5}`; fields taken away are not in it. */
export function afterValues(diff: readonly FieldChange[]): Record<string, Json> {
  return Object.fromEntries(diff.flatMap(({ path, after }) => (after === undefined ? [] : [[path, after]])));
}
