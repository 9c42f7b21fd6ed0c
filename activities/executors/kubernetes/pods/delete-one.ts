import { KubernautError } from '../../../../plan/errors';
import type { Effect, ResolvedTarget } from '../../../../plan/step-io';
import type { ActionContext } from '../../../contract';
import { displayName, refOf } from '../target/read-target';
import { isTerminating } from './pod';

interface Deletion {
  target: ResolvedTarget & { uid: string };
  gracePeriodSeconds?: number;
  /** Delete a pod that is terminating as well: only right for a forced delete, which shortens that. */
  evenTerminating?: boolean;
}

/**
 * Deletes exactly the pod that validate found. Run twice it is one delete: a pod that is gone, replaced or on its way out is
 * not touched again. Whether that was our doing cannot be read from the cluster then, and the effect does not claim it.
 */
export async function deleteOnce(
  ctx: ActionContext,
  { target, gracePeriodSeconds, evenTerminating = false }: Deletion,
): Promise<Effect> {
  const name = displayName(target);
  const data = { pod: name, uid: target.uid };
  const found = await ctx.cluster.find(refOf(target));
  const already =
    found === undefined || found.metadata.uid !== target.uid
      ? 'is gone'
      : isTerminating(found) && !evenTerminating
        ? 'is being deleted'
        : undefined;
  if (already === undefined) {
    try {
      await ctx.cluster.delete(refOf(target), { uid: target.uid, gracePeriodSeconds });
      return { changed: true, summary: `pod ${name} deleted`, data, irreversible: [`pod ${name} was deleted`] };
    } catch (error) {
      const gone =
        error instanceof KubernautError && (error.code === 'TARGET_NOT_FOUND' || error.code === 'TARGET_REPLACED');
      if (!gone) throw error;
    }
  }
  const said = already ?? 'is gone';
  // An earlier attempt of ours may have done it and lost its answer; on the first attempt it was somebody else.
  if (ctx.attempt === 1) return { changed: false, summary: `pod ${name} ${said}, without our doing`, data };
  const by = 'deleted by an earlier attempt of this step or by somebody else';
  return { changed: true, summary: `pod ${name} ${said}, ${by}`, data, irreversible: [`pod ${name} ${said}, ${by}`] };
}
