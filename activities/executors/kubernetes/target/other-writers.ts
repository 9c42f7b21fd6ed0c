import { KubernautError } from '../../../../plan/errors';
import type { Json, JsonObject } from '../../../../plan/json';
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

/**
 * VerticalPodAutoscalers that set the resources of the object's pods as these are created: what its template says for the
 * container is then not what runs. None where their CRD is not installed.
 */
export async function verticalAutoscalersOf(
  ctx: ActionContext,
  object: KubeObject,
  container: string,
): Promise<string[]> {
  try {
    const { items } = await ctx.cluster.list({
      apiVersion: 'autoscaling.k8s.io/v1',
      kind: 'VerticalPodAutoscaler',
      namespace: object.metadata.namespace,
    });
    return items.flatMap((autoscaler) => verticalAutoscaling(autoscaler, object, container) ?? []);
  } catch (error) {
    if (error instanceof KubernautError && error.code === 'TARGET_NOT_FOUND') return [];
    return ['VerticalPodAutoscalers could not be read'];
  }
}

/** Undefined when it leaves the container of the object alone: another target, only recommending, or switched off for it. */
export function verticalAutoscaling(
  { metadata, spec = {} }: KubeObject,
  object: KubeObject,
  container: string,
): string | undefined {
  const ref = asObject(spec.targetRef);
  const mode = asObject(spec.updatePolicy).updateMode ?? 'Auto';
  const policies = (asObject(spec.resourcePolicy).containerPolicies ?? []) as JsonObject[];
  const policy = ['*', container].map((name) => policies.find(({ containerName = '*' }) => containerName === name));
  const applying = policy[1] ?? policy[0];
  if (ref.kind !== object.kind || ref.name !== object.metadata.name) return undefined;
  if (mode === 'Off' || applying?.mode === 'Off') return undefined;
  return `VerticalPodAutoscaler ${displayName(metadata)} (${String(mode)}) sets the resources of its pods, whatever the template says`;
}

function asObject(value: Json | undefined): JsonObject {
  return (value ?? {}) as JsonObject;
}
