import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { createNamespace, kubectl } from '../../setup';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { connectTestCluster, createWorkload, read, storedWrites } from '../kubernetes/fixtures';

const required = { required: true, deadline: '60m', remindEvery: '15m' };
let lab: Lab;
let cluster: ConnectedCluster;
let namespace: string;

beforeAll(async () => {
  cluster = connectTestCluster();
  lab = await Lab.open({ actions: [...kubernetesActions], clusters: new Map([['test', cluster]]) });
  namespace = await createNamespace('foreign');
});
afterAll(async () => {
  await lab?.close();
  cluster?.close();
});

const scale = (name: string, replicas: number, more = {}) =>
  k8sStep('scale', 'scale_deployment', { kind: 'Deployment', namespace, name }, { replicas }, more);

async function startAndApproveAfter(name: string, meanwhile: () => Promise<unknown>) {
  await createWorkload(namespace, name, { replicas: 2 });
  const { id } = await lab.remediations.start(labPlan([scale(name, 4)], { cluster: 'test', approval: required }));
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  await meanwhile();
  await lab.remediations.approve(id, { by: 'ann', digest: approvals[0]!.digest });
  return lab.remediations.result(id);
}

test('a target replaced under the same name between approval and execution is refused', async () => {
  const result = await startAndApproveAfter('replaced', async () => {
    await kubectl(['delete', 'deployment', 'replaced', '-n', namespace, '--cascade=foreground']);
    await createWorkload(namespace, 'replaced', { replicas: 2 });
  });
  expect(result.outcome).not.toBe('succeeded');
  expect(result.steps[0]?.error?.code).toBe('TARGET_REPLACED');
  expect((await read('Deployment', 'replaced', namespace)).spec).toMatchObject({ replicas: 2 });
  expect(await storedWrites({ resource: 'deployments', name: 'replaced', namespace })).toEqual([]);
});

test('a field changed by somebody between approval and execution is not overwritten', async () => {
  const result = await startAndApproveAfter('changed', () =>
    kubectl(['scale', 'deployment', 'changed', '-n', namespace, '--replicas=3']),
  );
  expect(result.outcome).not.toBe('succeeded');
  expect(result.steps[0]?.error?.code).toBe('TARGET_CHANGED');
  expect((await read('Deployment', 'changed', namespace)).spec).toMatchObject({ replicas: 3 });
  expect(await storedWrites({ resource: 'deployments', name: 'changed', namespace })).toEqual([]);
});

test('a change by somebody after ours is not overwritten by the undo: the outcome names the conflict', async () => {
  await createWorkload(namespace, 'after', { replicas: 2 });
  const gate = k8sStep(
    'gate',
    'scale_deployment',
    { kind: 'Deployment', namespace, name: 'after' },
    { replicas: 6 },
    { approval: required },
  );
  const { id } = await lab.remediations.start(
    labPlan([scale('after', 4), { ...gate, dependsOn: ['scale'] }], { cluster: 'test' }),
  );
  await lab.until(id, (status) => status.approvals.length > 0);
  await kubectl(['scale', 'deployment', 'after', '-n', namespace, '--replicas=5']);
  await lab.remediations.reject(id, { by: 'ann' });
  const result = await lab.remediations.result(id);
  expect(result.outcome).toBe('rollback_failed');
  expect(result.left).toEqual([
    expect.objectContaining({ step: 'scale', why: expect.stringContaining('UNDO_CONFLICT') }),
  ]);
  expect((await read('Deployment', 'after', namespace)).spec).toMatchObject({ replicas: 5 });
});
