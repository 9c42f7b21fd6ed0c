import type { Permission } from '../../../contract';
import type { WorkloadKind } from './workload';

const PLURALS = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;

/**
 * The rights of an action that changes the template of workloads and waits for the rollout. Pods (and ReplicaSets) are also
 * read one by one, to find the owner of a target that is one of them.
 */
export function templatePermissions(kinds: readonly WorkloadKind[]): Permission[] {
  const deployments = kinds.includes('Deployment');
  const sets = kinds.includes('StatefulSet');
  return [
    ...kinds.map((kind): Permission => ({
      apiGroup: 'apps',
      resource: PLURALS[kind],
      verbs: ['get', 'list', 'watch', 'patch'],
    })),
    ...(deployments ? [{ apiGroup: 'apps', resource: 'replicasets', verbs: ['get', 'list', 'watch'] } as const] : []),
    { apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'watch', ...(sets ? (['delete'] as const) : [])] },
  ];
}

/** The rights of an action that sets `spec.replicas` and counts pods by the workload's own status. */
export function scalePermissions(kind: WorkloadKind): Permission[] {
  return [
    { apiGroup: 'apps', resource: PLURALS[kind], verbs: ['get', 'list', 'watch', 'patch'] },
    ...(kind === 'Deployment' ? [{ apiGroup: 'apps', resource: 'replicasets', verbs: ['get'] } as const] : []),
    { apiGroup: '', resource: 'pods', verbs: ['get'] },
    { apiGroup: 'autoscaling', resource: 'horizontalpodautoscalers', verbs: ['list'] },
  ];
}

/** Those kinds, and what may stand for one of them as a target. */
export function ownedTargets(kinds: readonly WorkloadKind[]): string[] {
  return [...kinds, 'Pod', ...(kinds.includes('Deployment') ? ['ReplicaSet'] : [])];
}
