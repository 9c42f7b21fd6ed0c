import type { JsonObject } from '../../../../plan/json';
import type { Stage } from '../../../conformance/fixture';
import { PAUSE_IMAGE } from '../../../conformance/staging-workloads';

export function jobSpec(canary: string): JsonObject {
  const env = [{ name: 'API_TOKEN', value: canary }];
  const containers = [{ name: 'main', image: PAUSE_IMAGE, env }];
  return { template: { spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers } } };
}

/** A CronJob that starts nothing while a test runs. */
export async function stageCronJob({ kube, namespace, name, canary }: Stage, { suspend }: { suspend: boolean }) {
  const target = { apiVersion: 'batch/v1', kind: 'CronJob', namespace, name: name('report') };
  const spec = { schedule: '0 0 29 2 *', suspend, jobTemplate: { spec: jobSpec(canary) } };
  await kube.create({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { namespace, name: target.name }, spec });
  return target;
}
