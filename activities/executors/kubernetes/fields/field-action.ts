import { isDeepStrictEqual } from 'node:util';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { FieldChange } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import { defineAction, type ActionContext, type ActionDefinition } from '../../../contract';
import { otherWriters } from '../target/other-writers';
import { preflight } from '../target/preflight';
import { refOf, resolvedTarget, targetOf } from '../target/read-target';
import { valueAt } from './json-pointer';
import { addStamp, stampOf } from './operation-stamp';
import { liftWishes, recordField, type FieldWish } from './recorded-field';
import { afterValues, fieldPatch, restoreFields, setFields, type FieldImage, type FieldValidation } from './set-fields';

/** What an action wants of an object it was shown. */
export interface Wish {
  /** Absolute values; fields that are as wished already may be in it. */
  set: FieldWish[];
  /** Paths that must stay as they are for `set` to mean what it means (the name of the container at an index). */
  guards?: string[];
  /** Why it cannot be done, all reasons at once. */
  problems?: string[];
  warnings?: string[];
  /** One line: `shop/web replicas 3 → 5`. */
  summary: string;
}

type Given = 'executor' | 'clusterScoped' | 'readOnly' | 'reversibility' | 'validate' | 'execute' | 'rollback';

export interface FieldAction<P> extends Omit<ActionDefinition<P, FieldImage>, Given> {
  /** Pure but for reads: decides what the fields shall become. */
  wish(ctx: ActionContext, object: KubeObject, params: P): Wish | Promise<Wish>;
  /** `effect.data`, for the expressions of later steps. Default: the fields by JSON pointer. */
  data?(validation: FieldValidation): JsonObject;
}

/** An action that sets fields of one object and can put them back: the definition only says which fields, and when it is true. */
export function fieldAction<P>(action: FieldAction<P>): ActionDefinition {
  const { wish, data, ...definition } = action;
  return defineAction<P, FieldImage>({
    ...definition,
    executor: 'kubernetes',
    clusterScoped: true,
    readOnly: false,
    reversibility: 'reversible',

    async validate(ctx, step) {
      const target = targetOf(step);
      const { object, refuseIf } = await preflight(ctx, target, action.permissions);
      const wished = await wish(ctx, object, step.params);
      refuseIf(wished.problems ?? []);
      const set = liftWishes(object, wished.set).filter(
        ({ path, value }) => !isDeepStrictEqual(valueAt(object, path), value),
      );
      const diff = set.length > 0 ? await dryRun(ctx, object, set) : [];
      return {
        target: resolvedTarget(target, object),
        before: {
          fields: (diff.length > 0 ? diff : wished.set).map(({ path }) => recordField(object, path)),
          guards: (wished.guards ?? []).map((path) => recordField(object, path)),
          stamp: stampOf(object),
        },
        diff,
        warnings: [
          ...(wished.warnings ?? []),
          ...otherWriters(
            object,
            diff.map(({ path }) => path),
          ),
        ],
        summary: wished.summary,
        noEffect: diff.length === 0,
      };
    },

    async execute(ctx, _step, validation) {
      const { changed } = await setFields(ctx, validation);
      const summary = changed ? validation.summary : `${validation.summary}: already so`;
      return { changed, summary, data: data?.(validation) ?? { fields: afterValues(validation.diff) } };
    },

    rollback: (ctx, _step, validation) => restoreFields(ctx, validation),
  });
}

/**
 * The real write, on the server, without storing it. What comes back is what execute will have to find again: the server may
 * write a value in its own form (`1024Mi` → `1Gi`), and an admission webhook may have its own opinion.
 */
async function dryRun(ctx: ActionContext, object: KubeObject, set: readonly FieldWish[]): Promise<FieldChange[]> {
  const patch = fieldPatch(object, set, addStamp(stampOf(object), ctx.operationId));
  const result = await ctx.cluster.patch(refOf({ ...object, ...object.metadata, cluster: '' }), patch, {
    dryRun: true,
  });
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
