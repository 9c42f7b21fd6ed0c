import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { selectorText } from '../pods/label-selector';
import { isControlledBy } from '../pods/pod';
import { templateHash, withoutHashLabel } from './template-hash';
import { templateOf } from './workload';

/** One entry of a workload's history: a ReplicaSet that a Deployment kept, a ControllerRevision of the other kinds. */
export interface Revision {
  number: number;
  source: KubeObject;
  /** As the workload had it. */
  template: JsonObject;
  hash: string;
}

/** Newest first. */
export async function revisionsOf(ctx: ActionContext, workload: KubeObject): Promise<Revision[]> {
  const { items } = await ctx.cluster.list({
    apiVersion: 'apps/v1',
    kind: workload.kind === 'Deployment' ? 'ReplicaSet' : 'ControllerRevision',
    namespace: workload.metadata.namespace,
    labelSelector: selectorText(workload.spec?.selector),
  });
  return items
    .filter((each) => isControlledBy(each, workload.metadata.uid))
    .map((source) => {
      const template = source.kind === 'ReplicaSet' ? withoutHashLabel(templateOf(source)) : recordedTemplate(source);
      return { number: numberOf(source), source, template, hash: templateHash(template) };
    })
    .sort((a, b) => b.number - a.number);
}

function numberOf(source: KubeObject): number {
  const { annotations } = source.metadata;
  return Number(source.revision ?? annotations?.['deployment.kubernetes.io/revision'] ?? 0);
}

/** `data` of a ControllerRevision is a strategic merge patch that replaces the template; servers before 1.34 write a null time into it. */
function recordedTemplate(revision: KubeObject): JsonObject {
  const { spec } = (revision.data ?? {}) as { spec?: { template?: JsonObject } };
  const { $patch: _, ...template } = spec?.template ?? {};
  const { creationTimestamp, ...metadata } = (template.metadata ?? {}) as JsonObject;
  return { ...template, metadata: creationTimestamp ? { ...metadata, creationTimestamp } : metadata };
}

/**
 * The revision to go back to. Without `toRevision` the highest one below the current whose template differs. A text says why
 * there is none.
 */
export function chooseRevision(
  revisions: readonly Revision[],
  current: Revision,
  toRevision: number | undefined,
): Revision | string {
  if (toRevision === undefined) {
    const earlier = revisions.find((each) => each.number < current.number && each.hash !== current.hash);
    return earlier ?? `there is no earlier revision than ${current.number}`;
  }
  const known = revisions.map((each) => each.number).join(', ');
  return (
    revisions.find((each) => each.number === toRevision) ?? `there is no revision ${toRevision}; there are: ${known}`
  );
}
