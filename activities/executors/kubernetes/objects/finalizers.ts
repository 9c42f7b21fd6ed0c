import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { addStamp, stampOf } from '../fields/operation-stamp';
import { fieldPatch } from '../fields/set-fields';
import { refOfObject } from '../target/read-target';

/** Where a finalizer stands: a Namespace has two lists, and its own `spec.finalizers` change through a subresource only. */
export type FinalizerPlace = 'metadata' | 'spec';

export function finalizersOf(object: KubeObject): Array<{ finalizer: string; place: FinalizerPlace }> {
  const spec = object.kind === 'Namespace' ? ((object.spec?.finalizers ?? []) as string[]) : [];
  return [
    ...(object.metadata.finalizers ?? []).map((finalizer) => ({ finalizer, place: 'metadata' as const })),
    ...spec.map((finalizer) => ({ finalizer, place: 'spec' as const })),
  ];
}

/** Takes one finalizer away from exactly the object that was read, in both lists if it stands in both. */
export async function removeFinalizer(
  ctx: ActionContext,
  object: KubeObject,
  finalizer: string,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<void> {
  const places = finalizersOf(object)
    .filter((each) => each.finalizer === finalizer)
    .map(({ place }) => place);
  const inSpec = places.includes('spec');
  let now = object;
  if (places.includes('metadata')) {
    const left = (object.metadata.finalizers ?? []).filter((each) => each !== finalizer);
    const wish = { path: '/metadata/finalizers', ...(left.length > 0 && { value: left }) };
    const patch = fieldPatch(object, [wish], addStamp(stampOf(object), ctx.operationId));
    const patched = await ctx.cluster.patch(refOfObject(object), patch, { dryRun });
    if (!dryRun) now = patched;
  }
  if (inSpec) {
    const left = ((now.spec?.finalizers ?? []) as string[]).filter((each) => each !== finalizer);
    await ctx.cluster.finalizeNamespace(now, left, { dryRun });
  }
}

/** What a Namespace in deletion says of what is left in it, or could not be looked at. */
export function remainingContent(namespace: KubeObject): string[] {
  const conditions = (namespace.status?.conditions ?? []) as JsonObject[];
  return conditions
    .filter(({ status, type }) => status === 'True' && /Remaining|Failure/.test(String(type)))
    .map(({ type, message }) => `${String(type)}: ${String(message)}`.slice(0, 300));
}
