import type { JsonObject } from '../../../../plan/json';
import { ApplyConflict } from '../../../cluster/api-errors';
import type { KubeObject } from '../../../cluster/cluster';
import { FIELD_MANAGER } from '../../../cluster/version';
import type { ActionContext } from '../../../contract';
import { addStamp, OPERATION_ANNOTATION, stampOf } from '../fields/operation-stamp';

/**
 * Applies the manifest to exactly the object that was read, or tries to create it (dry-run only: creating is done by `create`,
 * which fails when somebody was faster). Fields of others are never taken. Those that our own other writes left to `kubernaut` are:
 * to the server a patch and an apply of one manager are two managers.
 *
 * @throws `ApplyConflict` naming the other managers
 */
export async function applyOwn(
  ctx: ActionContext,
  manifest: JsonObject,
  object: KubeObject | undefined,
  { dryRun }: { dryRun: boolean },
): Promise<KubeObject> {
  const stamp = addStamp(object ? stampOf(object) : '', ctx.operationId);
  const metadata = manifest.metadata as KubeObject['metadata'];
  const held = object && { uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion };
  const annotations = { ...metadata.annotations, [OPERATION_ANNOTATION]: stamp };
  const body = { ...manifest, metadata: { ...metadata, ...held, annotations } } as unknown as JsonObject;
  try {
    return await ctx.cluster.apply(body, { dryRun });
  } catch (error) {
    const own = error instanceof ApplyConflict && error.conflicts.every(({ manager }) => manager === FIELD_MANAGER);
    if (!own) throw error;
    return ctx.cluster.apply(body, { dryRun, force: true });
  }
}
