import type { ActionDefinition } from '../../contract';
import type { KubernetesActionSettings } from '../../../config/sections/kubernetes-actions';
import { applyManifest, applyManifestWith } from './apply_manifest';
import { auditLogs } from './audit_logs';
import { collectDiagnostics } from './collect_diagnostics';
import { copySecret } from './copy_secret';
import { cordonNode } from './cordon_node';
import { deleteFinalizerStuck } from './delete_finalizer_stuck';
import { deleteJob } from './delete_job';
import { deleteNetworkPolicy } from './delete_network_policy';
import { deletePod } from './delete_pod';
import { deletePvc } from './delete_pvc';
import { drainNode } from './drain_node';
import { enableDebugMode } from './enable_debug_mode';
import { evictPod } from './evict_pod';
import { execCommand } from './exec_command';
import { expandPvc } from './expand_pvc';
import { increaseResources } from './increase_resources';
import { migrateWorkload } from './migrate_workload';
import { patchConfigmap } from './patch_configmap';
import { patchSecret } from './patch_secret';
import { pauseRollout } from './pause_rollout';
import { quarantinePod } from './quarantine_pod';
import { recreateStatefulSetPod } from './recreate_statefulset_pod';
import { restartDaemonSet } from './restart_daemonset';
import { restartDeployment } from './restart_deployment';
import { restartPod } from './restart_pod';
import { restartStatefulSet } from './restart_statefulset';
import { restartWorkload } from './restart_workload';
import { restoreRoleBinding } from './restore_role_binding';
import { resumeCronjob } from './resume_cronjob';
import { resumeRollout } from './resume_rollout';
import { rollbackDaemonSet } from './rollback_daemonset';
import { rollbackDeployment } from './rollback_deployment';
import { rollbackStatefulSet } from './rollback_statefulset';
import { rotateSecret } from './rotate_secret';
import { runJob } from './run_job';
import { runJobWithUndo } from './run_job_with_undo';
import { scaleDeployment } from './scale_deployment';
import { scaleStatefulSet } from './scale_statefulset';
import { setImage } from './set_image';
import { snapshotPvc } from './snapshot_pvc';
import { suspendCronjob } from './suspend_cronjob';
import { taintNode } from './taint_node';
import { uncordonNode } from './uncordon_node';
import { untaintNode } from './untaint_node';
import { updateHpa } from './update_hpa';
import { updateNetworkPolicy } from './update_network_policy';
import { updatePdb } from './update_pdb';
import { waitForCondition } from './wait_for_condition';

/** Every action of the executor `kubernetes`. */
export const kubernetesActions: readonly ActionDefinition[] = [
  applyManifest,
  auditLogs,
  collectDiagnostics,
  copySecret,
  cordonNode,
  deleteFinalizerStuck,
  deleteJob,
  deleteNetworkPolicy,
  deletePod,
  deletePvc,
  drainNode,
  enableDebugMode,
  evictPod,
  execCommand,
  expandPvc,
  increaseResources,
  migrateWorkload,
  patchConfigmap,
  patchSecret,
  pauseRollout,
  quarantinePod,
  recreateStatefulSetPod,
  restartDaemonSet,
  restartDeployment,
  restartPod,
  restartStatefulSet,
  restartWorkload,
  restoreRoleBinding,
  resumeCronjob,
  resumeRollout,
  rollbackDaemonSet,
  rollbackDeployment,
  rollbackStatefulSet,
  rotateSecret,
  runJob,
  runJobWithUndo,
  scaleDeployment,
  scaleStatefulSet,
  setImage,
  snapshotPvc,
  suspendCronjob,
  taintNode,
  uncordonNode,
  untaintNode,
  updateHpa,
  updateNetworkPolicy,
  updatePdb,
  waitForCondition,
];

/** The same as these settings widen them. */
export function kubernetesActionsWith({
  applyManifest: { customKinds },
}: KubernetesActionSettings): readonly ActionDefinition[] {
  return kubernetesActions.map((action) => (action === applyManifest ? applyManifestWith(customKinds) : action));
}
