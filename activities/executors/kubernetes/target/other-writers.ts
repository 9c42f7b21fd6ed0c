import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { FIELD_MANAGER } from '../../../cluster/version';
import type { ActionContext } from '../../../contract';
import { describeWriters, writersOf } from '../fields/managed-fields';
import { displayName } from './read-target';

/** Warnings about whoever else writes this object and may undo what we do: GitOps tools, Helm, operators, other managers. */
export function otherWriters(object: KubeObject, paths: readonly string[]): string[] {
  const { labels = {}, annotations = {}, ownerReferences = [] } = object.metadata;
  const warnings: string[] = [];
  if (labels['argocd.argoproj.io/instance'] ?? annotations['argocd.argoproj.io/tracking-id']) {
    warnings.push('managed by Argo CD, which may sync the change away');
  }
  const flux = labels['kustomize.toolkit.fluxcd.io/name'] ?? labels['helm.toolkit.fluxcd.io/name'];
  if (flux) warnings.push(`managed by Flux (${flux}), which will reconcile the change away`);
  const release = annotations['meta.helm.sh/release-name'];
  if (release ?? (labels['app.kubernetes.io/managed-by'] === 'Helm' || undefined)) {
    warnings.push(`managed by Helm${release ? ` (release ${release})` : ''}, whose next upgrade overwrites the change`);
  }
  const owner = ownerReferences.find((each) => each.controller);
  if (owner) warnings.push(`controlled by ${owner.kind} ${owner.name}, which may change it back`);
  const writers = paths.flatMap((path) => writersOf(object, path)).filter(({ manager }) => manager !== FIELD_MANAGER);
  if (writers.length > 0) warnings.push(`last written by ${describeWriters(writers)}`);
  return warnings;
}

/** HorizontalPodAutoscalers that scale the object: they set replicas within seconds, whatever anybody else sets. */
export async function autoscalersOf(ctx: ActionContext, object: KubeObject): Promise<string[]> {
  const { items } = await ctx.cluster.list({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    namespace: object.metadata.namespace,
  });
  return items.flatMap((hpa) => {
    const spec = hpa.spec ?? {};
    const ref = spec.scaleTargetRef as JsonObject | undefined;
    if (ref?.kind !== object.kind || ref.name !== object.metadata.name) return [];
    return [
      `HorizontalPodAutoscaler ${displayName(hpa.metadata)} owns replicas (${String(spec.minReplicas ?? 1)} to ${String(spec.maxReplicas)}) and will set them again`,
    ];
  });
}
