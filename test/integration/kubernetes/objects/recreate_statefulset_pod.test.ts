import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { connectStaging, type StagingCluster } from '../../../../activities/conformance/staging-cluster';
import { stageStuckPod } from '../../../../activities/executors/kubernetes/pods/staged-stateful-pod';
import { createNamespace, kubectl, testEnvironment } from '../../../setup';
import { runAction } from '../action-context';
import { codeOf, connectAs, connectTestCluster, createWorkload, read, storedWrites, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
let staging: StagingCluster;
const undos: Array<() => Promise<unknown>> = [];
beforeAll(async () => {
  cluster = connectTestCluster();
  const { kubeconfig, context } = testEnvironment();
  staging = connectStaging({ kubeconfig, context });
  namespace = await createNamespace('recreate');
});
afterAll(async () => {
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  for (const undo of undos) await undo();
  staging.close();
  cluster.close();
});

const stage = (state: 'missing' | 'lost') =>
  stageStuckPod({ kube: staging.kube, namespace, defer: (undo) => undos.push(undo) }, state);
const recreate = (name: string, params: object = {}, more: object = {}) =>
  runAction({
    cluster,
    action: 'recreate_statefulset_pod',
    target: { kind: 'Pod', namespace, name },
    params: { stableSeconds: 0.5, ...params },
    ...more,
  });

test('a pod whose claim is missing is deleted once, and comes back with a new claim that is bound', async () => {
  const { pod, claim, uid } = await stage('missing');
  const step = recreate(pod.name);
  const validation = await step.validate();
  expect(validation).toMatchObject({ noEffect: false, target: { uid } });
  expect(validation.warnings.join()).toContain(`the data of ${claim.name} does not come back`);
  expect((await read('Pod', pod.name, namespace)).metadata.uid).toBe(uid);
  const effect = await step.execute(validation);
  expect(effect).toMatchObject({ changed: true, irreversible: [expect.stringContaining('was deleted')] });
  expect(await step.execute(validation, 2)).toMatchObject({ changed: true });
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
  expect(await read('PersistentVolumeClaim', claim.name, namespace)).toMatchObject({ status: { phase: 'Bound' } });
  const now = await read('Pod', pod.name, namespace);
  expect(now.metadata.uid).not.toBe(uid);
  expect(now.status).toMatchObject({ phase: 'Running' });
  expect(await storedWrites({ resource: 'pods', name: pod.name, namespace })).toHaveLength(1);
  expect(await codeOf(step.rollback(validation, effect))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
});

test('a claim whose volume is lost is only deleted when that is asked for', async () => {
  const { pod, claim } = await stage('lost');
  const lost = (await read('PersistentVolumeClaim', claim.name, namespace)).metadata.uid;
  expect(await codeOf(recreate(pod.name).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('(deleteLostClaims)'),
  });
  const step = recreate(pod.name, { deleteLostClaims: true });
  const validation = await step.validate();
  expect((await read('PersistentVolumeClaim', claim.name, namespace)).metadata).not.toHaveProperty('deletionTimestamp');
  const effect = await step.execute(validation);
  expect(effect.irreversible?.join()).toContain(claim.name);
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
  const now = await read('PersistentVolumeClaim', claim.name, namespace);
  expect(now.metadata.uid).not.toBe(lost);
  expect(now.status).toMatchObject({ phase: 'Bound' });
});

test('a pod that is not stuck on a claim of its StatefulSet is left alone', async () => {
  const db = `db-${suffix()}`;
  await createWorkload(namespace, db, { kind: 'StatefulSet', replicas: 1 });
  const web = `web-${suffix()}`;
  await createWorkload(namespace, web, { replicas: 1 });
  const healthy = await codeOf(recreate(`${db}-0`).validate());
  expect(healthy).toMatchObject({ code: 'PRECONDITION_FAILED' });
  expect(healthy.message).toMatch(/it is ready: it is not stuck; all its volume claims are there/);
  const pods = await kubectl(['get', 'pods', '-n', namespace, '-l', `app=${web}`, '-o', 'name']);
  const foreign = await codeOf(recreate(pods.trim().replace('pod/', '')).validate());
  expect(foreign.message).toContain('it does not belong to a StatefulSet');
  for (const params of [{ deleteLostClaims: 1 }, { stableSeconds: -1 }])
    expect(await codeOf(recreate(`${db}-0`, params).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  expect(await codeOf(recreate('not-there').validate())).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  const powerless = await connectAs(namespace);
  const refused = await codeOf(recreate(`${db}-0`, {}, { cluster: powerless }).validate());
  powerless.close();
  expect(refused).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('delete persistentvolumeclaims'),
  });
  expect(await storedWrites({ resource: 'pods', name: `${db}-0`, namespace })).toHaveLength(0);
});
