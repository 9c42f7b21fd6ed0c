import type { Permission } from '../../../contract';

/** Kinds that read-only actions may look at. No Secret among them, deliberately: an expression could spell its values out. */
export const OBSERVED_KINDS = [
  { kind: 'Deployment', apiGroup: 'apps', resource: 'deployments' },
  { kind: 'StatefulSet', apiGroup: 'apps', resource: 'statefulsets' },
  { kind: 'DaemonSet', apiGroup: 'apps', resource: 'daemonsets' },
  { kind: 'Pod', apiGroup: '', resource: 'pods' },
  { kind: 'Node', apiGroup: '', resource: 'nodes' },
  { kind: 'PersistentVolumeClaim', apiGroup: '', resource: 'persistentvolumeclaims' },
  { kind: 'Job', apiGroup: 'batch', resource: 'jobs' },
  { kind: 'CronJob', apiGroup: 'batch', resource: 'cronjobs' },
  { kind: 'HorizontalPodAutoscaler', apiGroup: 'autoscaling', resource: 'horizontalpodautoscalers' },
  { kind: 'PodDisruptionBudget', apiGroup: 'policy', resource: 'poddisruptionbudgets' },
] as const;

export function observedPermissions(verbs: Permission['verbs']): Permission[] {
  return OBSERVED_KINDS.map(({ apiGroup, resource }) => ({ apiGroup, resource, verbs }));
}
