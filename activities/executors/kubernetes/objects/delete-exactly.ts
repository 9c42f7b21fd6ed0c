import { KubernautError } from '../../../../plan/errors';
import type { Effect, ResolvedTarget } from '../../../../plan/step-io';
import type { DeleteOptions } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext } from '../../../contract';
import { isTerminating } from '../pods/pod';
import { refOf } from '../target/read-target';

/**
 * Deletes exactly the object that validate found. Run twice it is one delete: one that is gone, replaced or on its way out
 * is not touched again. `irreversible`: what no undo takes back, as sentences for the outcome.
 */
export async function deleteExactly(
  ctx: ActionContext,
  target: ResolvedTarget & { uid: string },
  { propagationPolicy, irreversible }: Pick<DeleteOptions, 'propagationPolicy'> & { irreversible: string[] },
): Promise<Effect> {
  const name = describeRef(target);
  const data = { uid: target.uid };
  const found = await ctx.cluster.find(refOf(target));
  const there = found?.metadata.uid === target.uid;
  if (found && there && !isTerminating(found)) {
    try {
      await ctx.cluster.delete(refOf(target), { uid: target.uid, propagationPolicy });
      return { changed: true, summary: `${name} deleted`, data, irreversible };
    } catch (error) {
      const gone =
        error instanceof KubernautError && (error.code === 'TARGET_NOT_FOUND' || error.code === 'TARGET_REPLACED');
      if (!gone) throw error;
    }
  }
  const state = there ? 'is being deleted' : 'is gone';
  // An earlier attempt of ours may have done it and lost its answer; on the first attempt it was somebody else.
  if (ctx.attempt === 1) return { changed: false, summary: `${name} ${state}, without our doing`, data };
  const by = `${name} ${state}, deleted by an earlier attempt of this step or by somebody else`;
  return { changed: true, summary: by, data, irreversible };
}
