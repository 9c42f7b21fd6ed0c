import { isDeepStrictEqual } from 'node:util';
import { KubernautError } from '../../../../plan/errors';
import type { Effect, FieldChange } from '../../../../plan/step-io';
import type { KubeObject, PatchOperation } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import { FIELD_MANAGER } from '../../../cluster/version';
import { defineAction, type ActionContext, type ActionDefinition, type ActionValidation } from '../../../contract';
import { pointer } from '../fields/json-pointer';
import { describeWriters, lastWriterOf, writersOf } from '../fields/managed-fields';
import { addStamp, isStampedBy, isStampedSince, stampOf, stampWish, withoutStamp } from '../fields/operation-stamp';
import { identityGuard, liftWishes, patchFor } from '../fields/recorded-field';
import { retryConflicts } from '../fields/retry-conflicts';
import { nothingToUndo } from '../fields/set-fields';
import { otherWriters } from '../target/other-writers';
import { preflight, refuseIf } from '../target/preflight';
import {
  findTarget,
  readTarget,
  refOf,
  refOfObject,
  resolvedTarget,
  targetOf,
  validatedTarget,
} from '../target/read-target';
import { showTaint, taintsOf, type Taint } from './taint';

/** Which taints the action is about: all of this key with one of these effects. Every other taint is somebody else's. */
export type TaintScope = { key: string; effects: string[] };

/** `order`: `key:effect` of the whole list as it stood, so that an undo puts a removed taint back into its place. */
export type TaintImage = { scope: TaintScope; taints: Taint[]; wished: Taint[]; order: string[]; stamp: string };
export type TaintValidation = ActionValidation<TaintImage>;

interface TaintWish {
  scope: TaintScope;
  /** What shall stand there instead of what stands there now. */
  wished: Taint[];
  problems?: string[];
  warnings?: string[];
  summary: string;
}

type Given =
  'executor' | 'clusterScoped' | 'readOnly' | 'reversibility' | 'targetKinds' | 'validate' | 'execute' | 'rollback';

export interface TaintAction<P> extends Omit<ActionDefinition<P, TaintImage>, Given> {
  wish(ctx: ActionContext, node: KubeObject, params: P): Promise<TaintWish>;
  irreversible?(validation: TaintValidation): string[];
}

/**
 * An action on single taints of a node. `spec.taints` is one atomic list that controllers write too (`not-ready`,
 * `unschedulable` come and go by themselves), so neither the list nor an index can be a before-image: a taint is found by
 * key and effect, and all others are kept as they are at the moment of each write.
 */
export function taintAction<P>({ wish, irreversible, ...definition }: TaintAction<P>): ActionDefinition {
  const whole = { ...definition, targetKinds: ['Node'] };
  return defineAction<P, TaintImage>({
    ...whole,
    executor: 'kubernetes',
    clusterScoped: true,
    readOnly: false,
    reversibility: 'reversible',

    validate(ctx, step) {
      const target = targetOf(step);
      return retryConflicts(ctx, async () => {
        const node = await preflight(ctx, target, whole);
        const { scope, wished, problems = [], warnings = [], summary } = await wish(ctx, node, step.params);
        refuseIf(target, problems);
        const taints = within(node, scope);
        const diff = diffOf(taints, wished);
        const before = { scope, taints, wished, order: taintsOf(node).map(identityOf), stamp: stampOf(node) };
        if (diff.length > 0) {
          const patch = taintPatch(node, scope, wished, addStamp(stampOf(node), ctx.operationId));
          const result = await ctx.cluster.patch(refOfObject(node), patch, { dryRun: true });
          if (!isDeepStrictEqual(within(result, scope), wished)) {
            throw new KubernautError(
              'REJECTED_BY_SERVER',
              `${describeRef(target)}: an admission webhook takes the change back`,
            );
          }
        }
        return {
          target: resolvedTarget(target, node),
          before,
          diff,
          warnings: [...warnings, ...otherWriters(node, ['/spec/taints'])],
          summary,
          noEffect: diff.length === 0,
        };
      });
    },

    async execute(ctx, _step, validation): Promise<Effect> {
      const target = validatedTarget(validation);
      const { scope, taints, wished, stamp } = validation.before;
      const data = { node: target.name, key: scope.key, taints: wished.map(showTaint) };
      return retryConflicts(ctx, async () => {
        const node = await readTarget(ctx, target);
        const now = within(node, scope);
        const asBefore = isDeepStrictEqual(now, taints);
        if (validation.noEffect && asBefore)
          return { changed: false, summary: `${validation.summary}: already so`, data };
        const ours = isDeepStrictEqual(now, wished) && isStampedBy(node, ctx.operationId);
        if (!ours) {
          if (!asBefore || isStampedSince(node, ctx.operationId, stamp)) {
            throw new KubernautError('TARGET_CHANGED', `${describeRef(target)}: ${describeTaints(node, scope)}`);
          }
          const patch = taintPatch(node, scope, wished, addStamp(stampOf(node), ctx.operationId));
          await ctx.cluster.patch(refOf(target), patch);
        }
        const gone = irreversible?.(validation) ?? [];
        return { changed: true, summary: validation.summary, data, ...(gone.length > 0 && { irreversible: gone }) };
      });
    },

    async rollback(ctx, _step, validation): Promise<Effect> {
      const target = validatedTarget(validation);
      const { scope, taints, wished, order, stamp } = validation.before;
      return retryConflicts(ctx, async () => {
        const node = await findTarget(ctx, target);
        if (!node) return nothingToUndo(`node ${target.name} does not exist any more`);
        const now = within(node, scope);
        if (validation.noEffect || isDeepStrictEqual(now, taints))
          return nothingToUndo(`${target.name} is as it was before`);
        if (!isDeepStrictEqual(now, wished) || !isStampedBy(node, ctx.operationId)) {
          throw new KubernautError(
            'UNDO_CONFLICT',
            `${describeRef(target)} was left alone: ${describeTaints(node, scope)}`,
          );
        }
        const earlier = withoutStamp(stampOf(node), ctx.operationId, stamp);
        await ctx.cluster.patch(refOf(target), taintPatch(node, scope, taints, earlier, order));
        return {
          changed: true,
          summary: `${target.name}: taints of ${scope.key} back to ${showAll(taints)}`,
          data: { node: target.name, key: scope.key, taints: taints.map(showTaint) },
        };
      });
    },
  });
}

export function within(node: KubeObject, { key, effects }: TaintScope): Taint[] {
  return taintsOf(node)
    .filter((each) => each.key === key && effects.includes(each.effect))
    .sort((a, b) => a.effect.localeCompare(b.effect));
}

/** What stands there and who wrote the list last: its entries have no writers of their own. */
export function describeTaints(node: KubeObject, scope: TaintScope): string {
  const writers = writersOf(node, '/spec/taints').filter(({ manager }) => manager !== FIELD_MANAGER);
  const by = describeWriters(writers.length > 0 ? writers : lastWriterOf(node));
  return `its taints of ${scope.key} are ${showAll(within(node, scope))} (written by ${by})`;
}

function showAll(taints: readonly Taint[]): string {
  return taints.map(showTaint).join(', ') || 'none';
}

/** Entries keep their places where they can; with `order`, also those that had been taken away. */
function taintPatch(
  node: KubeObject,
  scope: TaintScope,
  wished: readonly Taint[],
  stamp: string,
  order: readonly string[] = [],
): PatchOperation[] {
  const left = [...wished];
  const kept = taintsOf(node).flatMap((each): Taint[] => {
    if (each.key !== scope.key || !scope.effects.includes(each.effect)) return [each];
    const at = left.findIndex(({ effect }) => effect === each.effect);
    return at < 0 ? [] : left.splice(at, 1);
  });
  const place = (taint: Taint) => order.indexOf(identityOf(taint)) + 1 || order.length + 1;
  const list = [...kept, ...left].sort((a, b) => place(a) - place(b));
  const value = list.length > 0 ? (list as unknown as PatchOperation['value']) : undefined;
  const wishes = liftWishes(node, [stampWish(stamp)]);
  return [...identityGuard(node), ...patchFor(node, [{ path: '/spec/taints', value }, ...wishes])];
}

function identityOf({ key, effect }: Taint): string {
  return `${key}:${effect}`;
}

function diffOf(before: readonly Taint[], after: readonly Taint[]): FieldChange[] {
  const effects = [...new Set([...before, ...after].map(({ effect }) => effect))];
  return effects.flatMap((effect): FieldChange[] => {
    const [from, to] = [before, after].map((list) => list.find((each) => each.effect === effect));
    if (isDeepStrictEqual(from, to)) return [];
    const path = pointer('spec', 'taints', `${(from ?? to)?.key}:${effect}`);
    return [{ path, before: from && showTaint(from), after: to && showTaint(to) }];
  });
}
