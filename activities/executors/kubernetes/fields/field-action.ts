import type { JsonObject } from '../../../../plan/json';
import type { ResolvedTarget } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { defineAction, type ActionContext, type ActionDefinition } from '../../../contract';
import { otherWriters } from '../target/other-writers';
import { resolveOwner } from '../target/owner';
import { preflight, refuseIf } from '../target/preflight';
import { resolvedTarget, targetOf, validatedTarget } from '../target/read-target';
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

type Given =
  'executor' | 'clusterScoped' | 'readOnly' | 'reversibility' | 'foreseeable' | 'validate' | 'execute' | 'rollback';
type Executed = ResolvedTarget & { uid: string };

export interface FieldAction<P> extends Omit<ActionDefinition<P, FieldImage>, Given> {
  /** Pure but for reads: decides what the fields shall become. */
  wish(ctx: ActionContext, object: KubeObject, params: P): Wish | Promise<Wish>;
  /** Default `reversible`. `compensatable`: the fields come back, but not all that setting them did (see `irreversible`). */
  reversibility?: 'reversible' | 'compensatable';
  /** Default true. false: the wish follows from more than the object, from what controllers make of it for example. */
  foreseeable?: boolean;
  /** `effect.data`, for the expressions of later steps. Default: the fields by JSON pointer. */
  data?(validation: FieldValidation): JsonObject;
  /** `effect.irreversible`: what no undo of the fields takes back. */
  irreversible?(validation: FieldValidation, params: P): string[];
  /**
   * What the fields alone do not bring about (an ordered StatefulSet keeps its broken pods). Runs after execute has set the
   * fields and after the undo has put them back, also in a second attempt: it must find out itself what is left to do.
   */
  follow?(ctx: ActionContext, target: Executed): Promise<void>;
}

/** An action that sets fields of one object and can put them back: the definition only says which fields, and when it is true. */
export function fieldAction<P>(action: FieldAction<P>): ActionDefinition {
  const { wish, data, irreversible, follow, ...definition } = action;
  return defineAction<P, FieldImage>({
    ...definition,
    executor: 'kubernetes',
    clusterScoped: true,
    readOnly: false,
    reversibility: action.reversibility ?? 'reversible',
    foreseeable: action.foreseeable ?? true,

    async validate(ctx, step) {
      const { target, notes } = await resolveOwner(ctx, targetOf(step), definition);
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
          warnings: [...notes, ...(wished.warnings ?? []), ...otherWriters(object, paths)],
          summary: wished.summary,
          noEffect: diff.length === 0,
        };
      });
    },

    async execute(ctx, step, validation) {
      const { changed } = await setFields(ctx, validation);
      if (changed) await follow?.(ctx, validatedTarget(validation));
      const summary = changed ? validation.summary : `${validation.summary}: already so`;
      const lost = changed ? (irreversible?.(validation, step.params) ?? []) : [];
      return {
        changed,
        summary,
        data: data?.(validation) ?? { fields: afterValues(validation.diff) },
        ...(lost.length > 0 && { irreversible: lost }),
      };
    },

    async rollback(ctx, _step, validation) {
      const effect = await restoreFields(ctx, validation);
      // An earlier attempt may have put the fields back and stopped there.
      if (effect.changed || (ctx.attempt > 1 && !validation.noEffect)) await follow?.(ctx, validatedTarget(validation));
      return effect;
    },
  });
}
