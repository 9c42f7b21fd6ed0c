import { customActions } from './executors/custom';
import { kubernetesActions } from './executors/kubernetes';
import { monitoringActions } from './executors/monitoring';
import { ActionRegistry } from './registry';

/** A registry with every action that Kubernaut brings. One per process; plugins are added to it (see plugins.ts). */
export function createRegistry(): ActionRegistry {
  return new ActionRegistry().register(...customActions, ...kubernetesActions, ...monitoringActions);
}
