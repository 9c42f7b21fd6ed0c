import { KubernautError } from '../../../../plan/errors';
import type { Target } from '../../../../plan/model';
import { describePermission } from '../../../cluster/access-review';
import type { KubeObject, MissingPermission, ResolvedKind } from '../../../cluster/cluster';
import { groupOf } from '../../../cluster/discovery';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext, Permission } from '../../../contract';
import { readTarget } from './read-target';

/** Kinds that stand for the workload that owns them where an action takes both; see `resolveOwner`. */
export const OWNED_KINDS: readonly string[] = ['Pod', 'ReplicaSet'];

/**
 * Reads the target and asks the server for the permissions the action needs, side by side. Throws `FORBIDDEN` naming all that
 * are missing: whoever grants them should not have to find out one by one.
 */
export async function preflight(
  ctx: ActionContext,
  target: Target,
  action: { permissions: readonly Permission[]; targetKinds: readonly string[] },
): Promise<KubeObject> {
  const kind = await ctx.cluster.resolveKind(target.kind, target.apiVersion);
  const needed = await permissionsFor(ctx, kind, action);
  const namespace = kind.namespaced ? target.namespace : undefined;
  const [read, missing] = await Promise.all([
    readTarget(ctx, target).catch((error: unknown) => error as Error),
    ctx.cluster.missingPermissions(needed, namespace),
  ]);
  const forbidden = read instanceof KubernautError && read.code === 'FORBIDDEN';
  // A missing object says more than missing rights on it; the server's own refusal says less than the list of them.
  if (read instanceof Error && !(forbidden && missing.length > 0)) throw read;
  if (missing.length > 0 || read instanceof Error) throw forbiddenTo(target, missing);
  return read;
}

/** Throws `FORBIDDEN` with the full list, if any right is missing. */
export async function refuseMissing(
  ctx: ActionContext,
  target: Target,
  permissions: readonly Permission[],
): Promise<void> {
  const missing = await ctx.cluster.missingPermissions(permissions, target.namespace);
  if (missing.length > 0) throw forbiddenTo(target, missing);
}

function forbiddenTo(target: Target, missing: readonly MissingPermission[]): KubernautError {
  const list = missing.map(describePermission).join(', ');
  return new KubernautError('FORBIDDEN', `${describeRef(target)}: not permitted to ${list}`);
}

/** The same for actions that create what is not there: `undefined` then, with the permissions checked all the same. */
export async function preflightOrAbsent(
  ctx: ActionContext,
  target: Target,
  action: { permissions: readonly Permission[]; targetKinds: readonly string[] },
): Promise<KubeObject | undefined> {
  try {
    return await preflight(ctx, target, action);
  } catch (error) {
    if (!(error instanceof KubernautError) || error.code !== 'TARGET_NOT_FOUND' || target.uid !== undefined)
      throw error;
    const kind = await ctx.cluster.resolveKind(target.kind, target.apiVersion);
    const needed = await permissionsFor(ctx, kind, action);
    const missing = await ctx.cluster.missingPermissions(needed, kind.namespaced ? target.namespace : undefined);
    if (missing.length === 0) return undefined;
    const list = missing.map(describePermission).join(', ');
    throw new KubernautError('FORBIDDEN', `${describeRef(target)}: not permitted to ${list}`);
  }
}

/** Throws all that stands against a step, at once. */
export function refuseIf(target: Target, problems: readonly string[]): void {
  if (problems.length > 0) throw refusal(target, problems);
}

export function refusal(target: Target, problems: readonly string[]): KubernautError {
  return new KubernautError('PRECONDITION_FAILED', `${describeRef(target)}: ${problems.join('; ')}`);
}

/**
 * An action on several kinds needs only the rights on the kind at hand. A kind of that name in a group which the action does
 * not know is another thing altogether (`Deployment` of some operator's own group).
 */
async function permissionsFor(
  ctx: ActionContext,
  kind: ResolvedKind,
  { permissions, targetKinds }: { permissions: readonly Permission[]; targetKinds: readonly string[] },
): Promise<readonly Permission[]> {
  const group = groupOf(kind.apiVersion);
  if (!permissions.some((each) => each.apiGroup === group && each.resource === kind.plural)) {
    throw new KubernautError(
      'PRECONDITION_FAILED',
      `${kind.kind} of ${kind.apiVersion} is not what the action applies to`,
    );
  }
  const others = targetKinds.filter((each) => each !== kind.kind && !OWNED_KINDS.includes(each));
  const plurals = await Promise.all(others.map(async (each) => (await ctx.cluster.resolveKind(each)).plural));
  return permissions.filter(({ resource }) => !plurals.includes(resource.split('/')[0] ?? ''));
}
