import { auditEvents, createNamespace, kubectl, waitFor } from '../../../setup';
import { createWorkload, read, workload } from '../../kubernetes/fixtures';
import { stageVolumes } from '../../kubernetes/objects/staged-volumes';
import type { Scenario } from './scenario';

const autoscaler: Scenario = {
  title: 'an autoscaler at its maximum',
  playbook: 'autoscaler-at-maximum',
  async stage({ namespace, name }) {
    await createWorkload(namespace, name);
    const bounds = ['--min=2', '--max=4', '--cpu-percent=80'];
    await kubectl(['autoscale', 'deployment', name, '-n', namespace, ...bounds]);
    return {
      alerts: [{ alertname: 'KubeHpaMaxedOut', namespace, horizontalpodautoscaler: name }],
      async healthy() {
        const { spec } = await read('HorizontalPodAutoscaler', name, namespace);
        expect([spec?.minReplicas, spec?.maxReplicas]).toEqual([2, 6]);
      },
    };
  },
};

/** Nothing resizes volumes here: the test plays the storage driver. */
const volume: Scenario = {
  title: 'a volume that will soon be full',
  playbook: 'volume-filling-up',
  async stage({ namespace, defer }) {
    const volumes = stageVolumes(namespace);
    defer(() => volumes.remove());
    const claim = await volumes.claim();
    const grown = JSON.stringify({ status: { capacity: { storage: '1536Mi' } } });
    return {
      alerts: [{ alertname: 'PVRunwayShort', namespace, persistentvolumeclaim: claim }],
      async play() {
        await waitFor(
          () => read('PersistentVolumeClaim', claim, namespace),
          ({ spec }) => JSON.stringify(spec).includes('1536Mi'),
          { timeout: 60_000 },
        );
        await kubectl(['patch', 'pvc', claim, '-n', namespace, '--subresource=status', '-p', grown]);
      },
      async healthy() {
        const { status } = await read('PersistentVolumeClaim', claim, namespace);
        expect(status?.capacity).toEqual({ storage: '1536Mi' });
      },
    };
  },
};

const quota: Scenario = {
  title: 'a quota that is used up',
  playbook: 'quota-exhausted',
  async stage({ name, defer }) {
    const own = await createNamespace('quota');
    defer(() => kubectl(['delete', 'namespace', own, '--wait=false']));
    await kubectl(['create', 'quota', 'pods', '--hard=pods=1', '-n', own]);
    await kubectl(['create', '-f', '-'], { input: workload(own, name) });
    const used = async () => (await read('ResourceQuota', 'pods', own)).status?.used;
    await waitFor(used, (now) => JSON.stringify(now) === '{"pods":"1"}');
    return {
      alerts: [{ alertname: 'KubeResourceQuotaExhausted', namespace: own, resourcequota: 'pods', resource: 'pods' }],
      outcome: 'escalated',
      async healthy() {
        expect(await used()).toEqual({ pods: '1' });
      },
      async ended({ reason, attempts }) {
        expect(reason).toContain(`quota ${own}/pods: pods 1 of 1 used`);
        expect(attempts).toEqual([]);
        const ours = await auditEvents({ namespace: own, writesOnly: true, userAgent: 'kubernaut/' });
        expect(ours).toEqual([]);
      },
    };
  },
};

const job = (namespace: string, name: string, image: string) => ({
  ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace, name } },
  spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] } } },
});

const failedJob: Scenario = {
  title: 'a Job that has failed for good',
  playbook: 'failed-job',
  async stage({ namespace, name }) {
    await kubectl(['create', '-f', '-'], { input: job(namespace, name, 'registry.test/report:failing') });
    await kubectl(['wait', '--for=condition=Failed', '--timeout=30s', `job/${name}`, '-n', namespace]);
    return {
      alerts: [{ alertname: 'KubeJobFailed', namespace, job_name: name }],
      async healthy() {
        expect(await kubectl(['get', 'job', name, '-n', namespace, '--ignore-not-found', '-o', 'name'])).toBe('');
        expect(await kubectl(['get', 'pods', '-l', `job-name=${name}`, '-n', namespace, '-o', 'name'])).toBe('');
      },
    };
  },
};

const failingCronJob: Scenario = {
  title: 'a CronJob whose Jobs keep failing',
  playbook: 'failing-cronjob',
  async stage({ namespace, name }) {
    const { spec } = job(namespace, name, 'registry.test/report:failing');
    await kubectl(['create', '-f', '-'], {
      input: {
        ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { namespace, name } },
        spec: { schedule: '0 0 1 1 *', jobTemplate: { spec } },
      },
    });
    return {
      alerts: [{ alertname: 'KubeCronJobFailing', namespace, cronjob: name }],
      async healthy() {
        expect((await read('CronJob', name, namespace)).spec?.suspend).toBe(true);
      },
    };
  },
};

export const objectScenarios: readonly Scenario[] = [autoscaler, volume, quota, failedJob, failingCronJob];
