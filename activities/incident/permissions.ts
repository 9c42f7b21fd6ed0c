import type { Permission } from '../contract';

const read = (apiGroup: string, resource: string, ...verbs: string[]): Permission => ({
  apiGroup,
  resource,
  verbs: verbs as Permission['verbs'],
});

/**
 * What incidents read of a cluster: the owner of their object, what belongs to it, what is to be known about it, and its health.
 * Without one of them less is known, and less may be recommended; the incident goes on.
 */
export const incidentPermissions: readonly Permission[] = [
  read('', 'nodes', 'get', 'list', 'watch'),
  read('', 'pods', 'get', 'list', 'watch'),
  read('', 'persistentvolumeclaims', 'get'),
  read('', 'resourcequotas', 'list'),
  ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((name) =>
    read('apps', name, 'get', 'list', 'watch'),
  ),
  read('apps', 'controllerrevisions', 'list'),
  read('batch', 'jobs', 'get'),
  read('batch', 'cronjobs', 'get'),
  read('autoscaling', 'horizontalpodautoscalers', 'get', 'list'),
  read('policy', 'poddisruptionbudgets', 'get', 'list'),
  read('networking.k8s.io', 'networkpolicies', 'list'),
];
