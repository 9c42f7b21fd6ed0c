import type { Json, JsonObject } from '../../../../plan/json';
import type { KubeObject, OwnerReference } from '../../../cluster/cluster';
import { conditionOf, count } from '../rollout/deployment-conditions';

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller);
}

export function isControlledBy(object: KubeObject, uid: string): boolean {
  return controllerOf(object)?.uid === uid;
}

/** A static pod of the kubelet: deleting it through the API only deletes its image there. */
export function isMirrorPod(pod: KubeObject): boolean {
  return pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

export function isTerminating(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export function isFinished(pod: KubeObject): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

export function isReady(pod: KubeObject): boolean {
  return !isTerminating(pod) && conditionOf(pod, 'Ready')?.status === 'True';
}

/** Restarts of all containers since the pod was created. */
export function restartCount(pod: KubeObject): number {
  return containerStatuses(pod).reduce((sum, status) => sum + count(status.restartCount), 0);
}

/** `CrashLoopBackOff: back-off 10s restarting failed container`: why the pod is not getting anywhere, if it says so. */
export function stuckReason(pod: KubeObject): string | undefined {
  for (const status of containerStatuses(pod)) {
    const waiting = (status.state as JsonObject | undefined)?.waiting as JsonObject | undefined;
    if (
      waiting?.reason !== undefined &&
      waiting.reason !== 'ContainerCreating' &&
      waiting.reason !== 'PodInitializing'
    ) {
      return `${String(waiting.reason)}${waiting.message ? `: ${String(waiting.message).slice(0, 120)}` : ''}`;
    }
  }
  const scheduled = conditionOf(pod, 'PodScheduled');
  return scheduled?.reason === 'Unschedulable' ? `Unschedulable: ${scheduled.message ?? ''}`.slice(0, 200) : undefined;
}

export function emptyDirVolumes(pod: KubeObject): string[] {
  const volumes = (pod.spec?.volumes ?? []) as JsonObject[];
  return volumes.filter((volume) => volume.emptyDir !== undefined).map((volume) => String(volume.name));
}

export function podName(pod: KubeObject): string {
  return `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
}

/** `a, b, c and 7 more`: lists in messages and outputs are capped, a drain may concern hundreds of pods. */
export function nameSome(names: readonly string[], cap = 10): string {
  const rest = names.length - cap;
  return names.slice(0, cap).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function containerStatuses(pod: KubeObject): Record<string, Json>[] {
  const { containerStatuses = [], initContainerStatuses = [] } = (pod.status ?? {}) as Record<string, JsonObject[]>;
  return [...containerStatuses, ...initContainerStatuses];
}
