import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { defineAction, type ActionContext, type ActionDefinition } from '../../../contract';
import { otherWriters } from '../target/other-writers';
import { preflight, refuseIf } from '../target/preflight';
import { resolvedTarget, targetOf } from '../target/read-target';
import { dryRunFields } from './dry-run';
import type { FieldWish } from './recorded-field';
import { retryConflicts } from './retry-conflicts';
import { afterValues, restoreFields, setFields, type FieldImage, type FieldValidation } from './set-fields';

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
      // A status written between reading and dry-run makes a conflict that says nothing about the step.
      return retryConflicts(ctx, async () => {
        const object = await preflight(ctx, target, definition);
        const wished = await wish(ctx, object, step.params);
        refuseIf(target, wished.problems ?? []);
        const { before, diff } = await dryRunFields(ctx, object, wished);
        const paths = diff.map(({ path }) => path);
        return {
          target: resolvedTarget(target, object),
          before,
          diff,
          warnings: [...(wished.warnings ?? []), ...otherWriters(object, paths)],
          summary: wished.summary,
          noEffect: diff.length === 0,
        };
      });
    },

    async execute(ctx, _step, validation) {
      const { changed } = await setFields(ctx, validation);
      const summary = changed ? validation.summary : `${validation.summary}: already so`;
      return { changed, summary, data: data?.(validation) ?? { fields: afterValues(validation.diff) } };
    },

    rollback: (ctx, _step, validation) => restoreFields(ctx, validation),
  });
}
