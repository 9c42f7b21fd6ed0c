import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../plan/json';
import type { StagingKube } from './staging-kube';

export interface WorkloadOptions {
  /** Default `Deployment`. */
  kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  /** Default 2; not for a DaemonSet. */
  replicas?: number;
  /** Default: the pause image, which runs anywhere. */
  image?: string;
  /** Merged into the one container, `web`. */
  container?: JsonObject;
  /** Merged into the pod's spec. */
  podSpec?: JsonObject;
  /** Merged into the workload's spec. */
  spec?: JsonObject;
}

export const PAUSE_IMAGE = 'registry.k8s.io/pause:3.10';

/** Creates a workload and waits until its rollout is complete. */
export async function stageWorkload(
  kube: StagingKube,
  namespace: string,
  canary: string,
  options: WorkloadOptions = {},
): Promise<{ apiVersion: string; kind: string; namespace: string; name: string }> {
  const { kind = 'Deployment', replicas = 2, image = PAUSE_IMAGE, container, podSpec, spec } = options;
  const name = uniqueName('web');
  const labels = { app: name };
  const env = [{ name: 'API_TOKEN', value: canary }];
  await kube.create({
    apiVersion: 'apps/v1',
    kind,
    metadata: { namespace, name },
    spec: {
      ...(kind !== 'DaemonSet' && { replicas }),
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, ...podSpec, containers: [{ name: 'web', image, env, ...container }] },
      },
      ...spec,
    },
  });
  const ref = { apiVersion: 'apps/v1', kind, namespace, name };
  await kube.rolledOut(ref);
  return ref;
}

/** `web-3f9a1c` */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(3).toString('hex')}`;
}
