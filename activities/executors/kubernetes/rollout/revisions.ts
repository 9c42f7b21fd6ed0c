import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { selectorText } from '../pods/label-selector';
import { isControlledBy } from '../pods/pod';
import { templateHash, withoutHashLabel } from './template-hash';
import { templateOf } from './workload';

/** One entry of a Deployment's history: a ReplicaSet that it kept. */
export interface Revision {
  number: number;
  replicaSet: KubeObject;
  /** Hash of its template as the Deployment had it. */
  hash: string;
}

/** Newest first. */
export async function revisionsOf(ctx: ActionContext, deployment: KubeObject): Promise<Revision[]> {
  const { items } = await ctx.cluster.list({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    namespace: deployment.metadata.namespace,
    labelSelector: selectorText(deployment.spec?.selector),
  });
  return items
    .filter((each) => isControlledBy(each, deployment.metadata.uid))
    .map((replicaSet) => ({
      number: Number(replicaSet.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0),
      replicaSet,
      hash: templateHash(withoutHashLabel(templateOf(replicaSet))),
    }))
    .sort((a, b) => b.number - a.number);
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
