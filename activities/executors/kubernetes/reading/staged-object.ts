import type { JsonObject } from '../../../../plan/json';
import type { Target } from '../../../../plan/model';
import type { Stage } from '../../../conformance/fixture';
import { PAUSE_IMAGE } from '../../../conformance/staging-workloads';
import { jobSpec, stageCronJob } from '../jobs/staged-job';

type Staged = Omit<Target, 'cluster'>;

/** One object of a kind that read-only actions look at. */
export async function stageObserved(stage: Stage, kind: string): Promise<Staged> {
  const { kube, namespace, name, workload, node, canary } = stage;
  const create = async (apiVersion: string, spec: JsonObject): Promise<Staged> => {
    const own = name('observed');
    await kube.create({ apiVersion, kind, metadata: { namespace, name: own }, spec });
    return { apiVersion, kind, namespace, name: own };
  };
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return workload({ kind, replicas: 1 });
    case 'Node':
      return (await node()).target;
    case 'CronJob':
      return stageCronJob(stage, { suspend: true });
    case 'Job':
      return create('batch/v1', { ...jobSpec(canary), suspend: true });
    case 'Pod':
      return create('v1', { terminationGracePeriodSeconds: 1, containers: [{ name: 'web', image: PAUSE_IMAGE }] });
    case 'PersistentVolumeClaim':
      return create('v1', {
        storageClassName: 'none',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      });
    case 'HorizontalPodAutoscaler':
      return create('autoscaling/v2', {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' },
        maxReplicas: 2,
      });
    default:
      return create('policy/v1', { minAvailable: 1, selector: { matchLabels: { app: 'none' } } });
  }
}
