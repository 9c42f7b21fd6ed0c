import { defaultActionSettings, type ActionSettings } from '../config/action-settings';
import { customActions } from './executors/custom';
import { kubernetesActionsWith } from './executors/kubernetes';
import { monitoringActions } from './executors/monitoring';
import { ActionRegistry } from './registry';

/**
 * A registry with every action that Kubernaut brings, as the settings widen them (`actions.kubernetes.applyManifest`; default:
 * those of an empty file). One per process; plugins are added to it (see plugins.ts).
 */
export function createRegistry({
  kubernetes = defaultActionSettings.kubernetes,
}: Partial<Pick<ActionSettings, 'kubernetes'>> = {}): ActionRegistry {
  return new ActionRegistry().register(...customActions, ...kubernetesActionsWith(kubernetes), ...monitoringActions);
}
