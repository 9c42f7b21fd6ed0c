import { KubernautError } from '../../../../plan/errors';
import type { Target } from '../../../../plan/model';
import { describePermission } from '../../../cluster/access-review';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext, Permission } from '../../../contract';
import { readTarget } from './read-target';

/** Says all that stands against a step at once: whoever wrote the plan should not have to find out one by one. */
export interface Preflight {
  object: KubeObject;
  /** Throws when `problems` or missing permissions were found: FORBIDDEN before PRECONDITION_FAILED, the message has both. */
  refuseIf(problems: readonly string[]): void;
}

/** Reads the target and asks the server for the permissions the action needs, side by side. */
export async function preflight(
  ctx: ActionContext,
  target: Target,
  action: { permissions: readonly Permission[]; targetKinds: readonly string[] },
): Promise<Preflight> {
  const [read, missing] = await Promise.all([
    readTarget(ctx, target).catch((error: unknown) => error as Error),
    permissionsFor(ctx, target, action).then((needed) => ctx.cluster.missingPermissions(needed, target.namespace)),
  ]);
  const lacking = missing.length > 0 ? [`not permitted to ${missing.map(describePermission).join(', ')}`] : [];
  const refuseIf = (problems: readonly string[]) => {
    const all = [...lacking, ...problems];
    if (all.length === 0) return;
    const code = lacking.length > 0 ? 'FORBIDDEN' : 'PRECONDITION_FAILED';
    throw new KubernautError(code, `${describeRef(target)}: ${all.join('; ')}`);
  };
  if (read instanceof Error) {
    // Without the right to read it, the list of missing permissions says more than the server's refusal.
    if (read instanceof KubernautError && read.code === 'FORBIDDEN') refuseIf([]);
    throw read;
  }
  return { object: read, refuseIf };
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
