import type { EarlierChange, Validation } from '../../plan/step-io';
import type { ActionContext } from '../contract';
import { changedCluster, Unforeseeable } from './changed-cluster';

/** Validates in the cluster as earlier steps will leave it; as it is when the API cannot be asked about that. */
export async function foresee(
  ctx: ActionContext,
  earlier: readonly EarlierChange[],
  validate: (ctx: ActionContext) => Promise<Validation>,
): Promise<Validation> {
  if (earlier.length === 0) return validate(ctx);
  try {
    return await validate({ ...ctx, cluster: changedCluster(ctx.cluster, earlier) });
  } catch (error) {
    if (!(error instanceof Unforeseeable)) throw error;
    return { ...(await validate(ctx)), unforeseen: true };
  }
}
