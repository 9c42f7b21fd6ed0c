import { isDeepStrictEqual } from 'node:util';
import { KubernautError } from '../../../../plan/errors';
import type { FieldChange } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext } from '../../../contract';
import { refOfObject } from '../target/read-target';
import { valueAt } from './json-pointer';
import { addStamp, stampOf } from './operation-stamp';
import { holds, liftWishes, recordField, type FieldWish } from './recorded-field';
import { fieldPatch, type FieldImage } from './set-fields';

export interface DryRun {
  before: FieldImage;
  /** Empty: all fields are as wished. */
  diff: FieldChange[];
}

/** Before-image and diff of setting `wishes` on the object. */
export async function dryRunFields(
  ctx: ActionContext,
  object: KubeObject,
  { set, guards = [] }: { set: readonly FieldWish[]; guards?: readonly string[] },
): Promise<DryRun> {
  const diff = await diffByServer(ctx, object, set);
  const record = (path: string) => recordField(object, path);
  const fields = (diff.length > 0 ? diff : set).map(({ path }) => record(path));
  return { before: { fields, guards: guards.map(record), stamp: stampOf(object) }, diff };
}

/**
 * The real write, on the server, without storing it. What comes back is what execute will have to find again: the server may
 * write a value in its own form (`1024Mi` → `1Gi`), and an admission webhook may have its own opinion.
 */
async function diffByServer(
  ctx: ActionContext,
  object: KubeObject,
  wishes: readonly FieldWish[],
): Promise<FieldChange[]> {
  const set = liftWishes(object, wishes).filter((wish) => !holds(object, wish));
  if (set.length === 0) return [];
  const patch = fieldPatch(object, set, addStamp(stampOf(object), ctx.operationId));
  const result = await ctx.cluster.patch(refOfObject(object), patch, { dryRun: true });
  const diff = set.flatMap(({ path }): FieldChange[] => {
    const [before, after] = [valueAt(object, path), valueAt(result, path)];
    return isDeepStrictEqual(before, after) ? [] : [{ path, before, after }];
  });
  if (diff.length > 0) return diff;
  throw new KubernautError(
    'REJECTED_BY_SERVER',
    `${describeRef({ kind: object.kind, ...object.metadata })}: the server accepts the change but an admission webhook takes it back`,
  );
}
