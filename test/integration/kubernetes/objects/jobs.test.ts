import type { ConnectedCluster } from '../../../../activities/cluster/connect';
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
