import { KubernautError } from '../../../../plan/errors';
import type { Target } from '../../../../plan/model';
import { describePermission } from '../../../cluster/access-review';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext, Permission } from '../../../contract';
import { readTarget } from './read-target';

/**
 * Reads the target and asks the server for the permissions the action needs, side by side. Throws `FORBIDDEN` naming all that
 * are missing: whoever grants them should not have to find out one by one.
 */
export async function preflight(
  ctx: ActionContext,
  target: Target,
  action: { permissions: readonly Permission[]; targetKinds: readonly string[] },
): Promise<KubeObject> {
  const [read, missing] = await Promise.all([
    readTarget(ctx, target).catch((error: unknown) => error as Error),
    permissionsFor(ctx, target, action).then((needed) => ctx.cluster.missingPermissions(needed, target.namespace)),
  ]);
  const forbidden = read instanceof KubernautError && read.code === 'FORBIDDEN';
  // A missing object says more than missing rights on it; the server's own refusal says less than the list of them.
  if (read instanceof Error && !(forbidden && missing.length > 0)) throw read;
  if (missing.length > 0 || read instanceof Error) {
    const list = missing.map(describePermission).join(', ');
    throw new KubernautError('FORBIDDEN', `${describeRef(target)}: not permitted to ${list}`);
  }
  return read;
}

/** Throws all that stands against a step, at once. */
export function refuseIf(target: Target, problems: readonly string[]): void {
  if (problems.length > 0) throw refusal(target, problems);
}

export function refusal(target: Target, problems: readonly string[]): KubernautError {
  return new KubernautError('PRECONDITION_FAILED', `${describeRef(target)}: ${problems.join('; ')}`);
}

/** An action on several kinds needs only the rights on the kind at hand. */
async function permissionsFor(
  ctx: ActionContext,
  target: Target,
  { permissions, targetKinds }: { permissions: readonly Permission[]; targetKinds: readonly string[] },
): Promise<readonly Permission[]> {
  const others = targetKinds.filter((kind) => kind !== target.kind);
  const plurals = await Promise.all(others.map(async (kind) => (await ctx.cluster.resolveKind(kind)).plural));
  return permissions.filter(({ resource }) => !plurals.includes(resource));
}
