import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { valueAt } from '../fields/json-pointer';
import { count, deploymentFailure, isObserved } from './deployment-conditions';

export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** How far a rollout is by the workload's own status. `stuck`: it cannot get further. */
export type RolloutState =
  { is: 'complete'; pods: number } | { is: 'going'; reason: string } | { is: 'stuck'; reason: string };

/** The rules of `kubectl rollout status` (polymorphichelpers/rollout_status.go), as a pure function. */
export function rolloutState(workload: KubeObject): RolloutState {
  if (!isObserved(workload)) return { is: 'going', reason: 'the controller has not seen the change yet' };
  if (workload.kind === 'StatefulSet') return statefulSetState(workload);
  if (workload.kind === 'DaemonSet') return daemonSetState(workload);
  return deploymentState(workload);
}

/** Why a new template would never reach the pods by itself. */
export function cannotRoll(workload: KubeObject): string | undefined {
  if (valueAt(workload, '/spec/paused') === true)
    return 'its rollout is paused, so a new template reaches no pod (resume_rollout)';
  if (valueAt(workload, '/spec/updateStrategy/type') === 'OnDelete')
    return 'its update strategy is OnDelete, so a new template reaches no pod by itself';
  if (count(valueAt(workload, '/spec/updateStrategy/rollingUpdate/partition')) > 0)
    return 'its rolling update has a partition, so a new template reaches only some pods';
  return undefined;
}

export function isOrdered(workload: KubeObject): boolean {
  return workload.kind === 'StatefulSet' && workload.spec?.podManagementPolicy !== 'Parallel';
}

export function templateOf(workload: KubeObject): JsonObject {
  return (workload.spec?.template ?? {}) as JsonObject;
}

function deploymentState(deployment: KubeObject): RolloutState {
  const failure = deploymentFailure(deployment);
  if (failure?.startsWith('ProgressDeadlineExceeded')) return { is: 'stuck', reason: failure };
  if (valueAt(deployment, '/spec/paused') === true) return { is: 'stuck', reason: 'the rollout was paused' };
  const status = deployment.status ?? {};
  const [wished, updated] = [count(deployment.spec?.replicas), count(status.updatedReplicas)];
  const [exist, available] = [count(status.replicas), count(status.availableReplicas)];
  const why = failure ? ` (${failure})` : '';
  if (updated < wished) return { is: 'going', reason: `${updated} of ${wished} pods updated${why}` };
  if (exist > updated) return { is: 'going', reason: `${exist - updated} old pods still there` };
  if (available < updated) return { is: 'going', reason: `${available} of ${updated} updated pods available${why}` };
  return { is: 'complete', pods: wished };
}

function statefulSetState(set: KubeObject): RolloutState {
  const status = set.status ?? {};
  const wished = count(set.spec?.replicas);
  const [ready, updated] = [count(status.readyReplicas), count(status.updatedReplicas)];
  if (status.updateRevision !== status.currentRevision)
    return { is: 'going', reason: `${updated} of ${wished} pods updated` };
  // The revisions agree as soon as a half-done rollout is taken back, while pods of the other revision are still there.
  if (updated < wished) return { is: 'going', reason: `${updated} of ${wished} pods updated` };
  if (ready < wished || count(status.replicas) > wished)
    return { is: 'going', reason: `${ready} of ${wished} pods ready` };
  return { is: 'complete', pods: wished };
}

function daemonSetState(set: KubeObject): RolloutState {
  const status = set.status ?? {};
  const wished = count(status.desiredNumberScheduled);
  const [updated, available] = [count(status.updatedNumberScheduled), count(status.numberAvailable)];
  if (updated < wished) return { is: 'going', reason: `${updated} of ${wished} pods updated` };
  if (available < wished) return { is: 'going', reason: `${available} of ${wished} pods available` };
  return { is: 'complete', pods: wished };
}
