import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { defaultActionSettings } from '../../../../config/action-settings';
import { kubernetesActionsSchema } from '../../../../config/sections/kubernetes-actions';
import { createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import { apply, codeOf, connectTestCluster, read, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('jobs');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const template = {
  spec: {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image: 'registry.test/job:1' }],
  },
};
async function cronJob(suspend?: boolean): Promise<string> {
  const name = `report-${suffix()}`;
  await apply({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace },
    spec: { schedule: '0 0 29 2 *', suspend, jobTemplate: { spec: { template } } },
  });
  return name;
}
const run = (action: string, kind: string, name: string, params: object = {}, more: object = {}) =>
  runAction({ cluster, action, target: { kind, namespace, name }, params: { ...params }, ...more });
const suspended = async (name: string) => (await read('CronJob', name, namespace)).spec?.suspend;

test('suspend_cronjob suspends and its undo resumes; suspending twice is no effect', async () => {
  const name = await cronJob();
  const step = run('suspend_cronjob', 'CronJob', name);
  const validation = await step.validate();
  expect(validation.diff).toEqual([{ path: '/spec/suspend', before: false, after: true }]);
  const effect = await step.execute(validation);
  expect(await suspended(name)).toBe(true);
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
  expect(await run('suspend_cronjob', 'CronJob', name).validate()).toMatchObject({ noEffect: true });
  await step.rollback(validation, effect);
  expect(await suspended(name)).toBe(false);
});

test('resume_cronjob resumes; verify refutes when somebody suspends it again', async () => {
  const name = await cronJob(true);
  const step = run('resume_cronjob', 'CronJob', name);
  const validation = await step.validate();
  const effect = await step.execute(validation);
  expect(await suspended(name)).toBe(false);
  await kubectl(['patch', 'cronjob', name, '-n', namespace, '-p', '{"spec":{"suspend":true}}']);
  expect(await step.verify(validation, effect)).toMatchObject({
    verified: false,
    summary: expect.stringContaining('kubectl'),
  });
  expect(await codeOf(run('resume_cronjob', 'CronJob', name, { at: 'noon' }).validate())).toMatchObject({
    code: 'PARAMS_INVALID',
  });
});

test('delete_job deletes the Job with its pods, once, and is true when they are gone', async () => {
  const name = `job-${suffix()}`;
  await apply({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace }, spec: { template } });
  const step = run('delete_job', 'Job', name);
  const validation = await step.validate();
  expect((await read('Job', name, namespace)).metadata.deletionTimestamp).toBeUndefined();
  const effect = await step.execute(validation);
  expect(effect).toMatchObject({ changed: true, irreversible: [`Job ${namespace}/${name} and its pods were deleted`] });
  expect(await step.execute(validation, 2)).toMatchObject({ changed: true });
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
  expect(await kubectl(['get', 'pods', '-n', namespace, '-l', `job-name=${name}`, '-o', 'name'])).toBe('');
  expect(await codeOf(step.validate())).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  const cron = await cronJob();
  expect(await codeOf(run('delete_job', 'CronJob', cron).validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
});

describe('run_job', () => {
  const settings = (image: string) => ({
    ...defaultActionSettings,
    kubernetes: kubernetesActionsSchema.parse({
      jobs: {
        templates: {
          backup: {
            description: 'A backup',
            image,
            command: ['backup', '{database}'],
            args: { database: { type: 'string' } },
          },
          elsewhere: { description: 'Not here', image, command: ['x'], namespaces: ['bank'], serviceAccount: 'admin' },
        },
      },
    }),
  });
  const job = (params: object, image = 'registry.test/job:1', more: object = {}) =>
    run('run_job', 'ServiceAccount', 'default', params, { settings: settings(image), ...more });
  const jobNames = async () =>
    (await kubectl(['get', 'jobs', '-n', namespace, '-l', 'kubernaut.dev/job-template', '-o', 'name']))
      .trim()
      .split('\n')
      .filter(Boolean);
  afterEach(() => kubectl(['delete', 'jobs', '-n', namespace, '-l', 'kubernaut.dev/job-template']));

  test('runs the template once, however often it is executed, and is true when the Job is complete', async () => {
    const step = job({ template: 'backup', args: { database: 'orders' } });
    const validation = await step.validate();
    expect(await jobNames()).toEqual([]);
    expect(validation.diff[0]?.after).toMatchObject({ command: ['backup', 'orders'], image: 'registry.test/job:1' });
    const effect = await step.execute(validation);
    await step.execute(validation, 2);
    expect(await jobNames()).toEqual([`job.batch/${String(effect.data.job)}`]);
    expect((await read('Job', String(effect.data.job), namespace)).spec).toMatchObject({
      backoffLimit: 0,
      activeDeadlineSeconds: 600,
    });
    expect(await step.verify(validation, effect)).toMatchObject({
      verified: true,
      data: { exitCodes: [0], logAbsent: expect.stringContaining('no logs found') },
    });
    expect(await codeOf(step.rollback(validation, effect))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
  });

  test('a Job that fails refutes with its exit code', async () => {
    const step = job({ template: 'backup', args: { database: 'orders' } }, 'registry.test/job:failing');
    const validation = await step.validate();
    const evidence = await step.verify(validation, await step.execute(validation));
    expect(evidence).toMatchObject({
      verified: false,
      summary: expect.stringMatching(/BackoffLimitExceeded.*exit codes 1/),
    });
  });

  test('the end of its log is evidence, whether it succeeds or fails, without what looks like a secret', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubernaut-jobs-test-'));
    const name = `jobs-${suffix()}`;
    const logsFile = join(folder, 'log');
    const lines = Array.from({ length: 80 }, (_, index) => `line ${index}`).concat(
      'password=hunter2222',
      'no space left',
    );
    await writeFile(logsFile, lines.map((line) => `2026-01-01T00:00:00.000000000Z stdout F ${line}\n`).join(''));
    // The pod's name is not known beforehand, so only a rule for the namespace can give it a log.
    const spec = { selector: { matchNamespaces: [namespace] }, logs: [{ logsFile }] };
    await apply({ apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'ClusterLogs', metadata: { name }, spec });
    try {
      for (const [image, verified] of [
        ['registry.test/job:1', true],
        ['registry.test/job:failing', false],
      ] as const) {
        const step = job({ template: 'backup', args: { database: 'orders' } }, image);
        const validation = await step.validate();
        const evidence = await step.verify(validation, await step.execute(validation));
        expect(evidence).toMatchObject({ verified, data: { log: expect.stringMatching(/no space left\n$/) } });
        expect(evidence.data.log).toContain('password=[redacted]');
        expect(evidence.data.log).toContain('line 40\n');
        expect(evidence.data.log).not.toContain('line 20\n');
      }
    } finally {
      await kubectl(['delete', 'clusterlogs.kwok.x-k8s.io', name]);
      await rm(folder, { recursive: true });
    }
  });

  test('only what the settings describe is run, and only as it was previewed', async () => {
    expect(await codeOf(job({ template: 'reboot' }).validate())).toMatchObject({
      message: expect.stringContaining('there are: backup, elsewhere'),
    });
    const wrong = job({ template: 'elsewhere', args: { to: 'x' } }).validate();
    expect(await codeOf(wrong)).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringMatching(/no argument to.*runs as ServiceAccount admin.*for bank only/),
    });
    expect(await codeOf(job({ template: 'backup', args: { database: '--all' } }).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    expect(await codeOf(job({ template: 'backup', image: 'evil' }).validate())).toMatchObject({
      code: 'PARAMS_INVALID',
    });
    const params = { template: 'backup', args: { database: 'orders' } };
    const step = job(params);
    const validation = await step.validate();
    const { operationId } = step.step;
    const changed = job(params, 'registry.test/job:2', { operationId }).execute(validation);
    expect(await codeOf(changed)).toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await jobNames()).toEqual([]);
  });
});

describe('run_job_with_undo', () => {
  const settings = (image: string, undo?: object) => {
    const args = { zone: { type: 'string' } };
    const failover = { description: 'Fails over', image, command: ['failover', '{zone}'], args, undo };
    return {
      ...defaultActionSettings,
      kubernetes: kubernetesActionsSchema.parse({ jobs: { templates: { failover } } }),
    };
  };
  const back = { command: ['fail-back', '{zone}'] };
  const job = (image: string, undo?: object) => {
    const params = { template: 'failover', args: { zone: 'b' } };
    return run('run_job_with_undo', 'ServiceAccount', 'default', params, { settings: settings(image, undo) });
  };
  const container = async (name: string) => {
    const { spec } = (await read('Job', name, namespace)).spec!['template'] as { spec: { containers: object[] } };
    return spec.containers[0];
  };
  const jobsOf = async (forward: string) =>
    (await kubectl(['get', 'jobs', '-n', namespace, '-o', 'name']))
      .split('\n')
      .filter((each) => each.includes(forward));

  test('is undone by a Job of the other command, which runs once for the operation', async () => {
    const step = job('registry.test/job:1', back);
    const validation = await step.validate();
    expect(validation.diff[0]?.after).toMatchObject({ command: ['failover', 'b'], undo: ['fail-back', 'b'] });
    const effect = await step.execute(validation);
    const name = String(effect.data.job);
    expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await step.rollback(validation, effect)).toMatchObject({ changed: true });
    expect(await container(`${name}-undo`)).toMatchObject({
      command: ['fail-back', 'b'],
      env: [{ name: 'KUBERNAUT_EXECUTED', value: 'yes' }],
    });
    expect(await step.rollback(validation)).toMatchObject({ changed: false });
    expect(await jobsOf(name)).toHaveLength(2);
  });

  test('tells its undo when it is not known whether it ran', async () => {
    const step = job('registry.test/job:1', back);
    const validation = await step.validate();
    const effect = await step.rollback(validation);
    expect(await container(String(effect.data.job))).toMatchObject({
      env: [{ name: 'KUBERNAUT_EXECUTED', value: 'unknown' }],
    });
  });

  test('is stopped before it is undone, when it still runs', async () => {
    const step = job('registry.test/job:missing', { ...back, image: 'registry.test/job:1' });
    const validation = await step.validate();
    const effect = await step.execute(validation);
    expect(await step.rollback(validation, effect)).toMatchObject({ changed: true });
    const { spec, status } = await read('Job', String(effect.data.job), namespace);
    expect(spec).toMatchObject({ suspend: true });
    expect((status as { active?: number }).active ?? 0).toBe(0);
  });

  test('says that the undo failed when its Job fails, and is refused where the template has none', async () => {
    const step = job('registry.test/job:1', { ...back, image: 'registry.test/job:failing' });
    const validation = await step.validate();
    const effect = await step.execute(validation);
    expect(await codeOf(step.rollback(validation, effect))).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message: expect.stringMatching(/undo Job .*-undo: BackoffLimitExceeded/),
    });
    expect(await codeOf(job('registry.test/job:1').validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('the template failover has no undo (run_job)'),
    });
  });
});
