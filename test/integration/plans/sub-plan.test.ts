import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { JsonObject } from '../../../plan/json';
import { step } from '../../unit/core/world';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { createNamespace } from '../../setup';
import { connectTestCluster, createWorkload, read } from '../kubernetes/fixtures';

let lab: Lab;
let cluster: ConnectedCluster;
let namespace: string;

beforeAll(async () => {
  cluster = connectTestCluster();
  lab = await Lab.open({ actions: [...kubernetesActions], clusters: new Map([['test', cluster]]) });
  namespace = await createNamespace('sub-plan');
});
afterAll(async () => {
  await lab?.close();
  cluster?.close();
});

const scale = (id: string, name: string, replicas: number, more = {}) =>
  k8sStep(id, 'scale_deployment', { kind: 'Deployment', namespace, name }, { replicas }, more);
const replicas = async (name: string) => (await read('Deployment', name, namespace)).spec!['replicas'];

test('a sub-plan on a real cluster is previewed, done, and undone when a later step fails', async () => {
  await Promise.all(['a', 'b', 'c'].map((name) => createWorkload(namespace, name, { replicas: 2 })));
  const inner = labPlan([scale('a', 'a', 3), scale('b', 'b', 4, { dependsOn: ['a'] })], { cluster: 'test' });
  const sub = step('sub', { action: 'run_plan', params: { plan: inner as unknown as JsonObject } });
  // Whoever wrote this plan expects more of it than it brings.
  const more = { dependsOn: ['sub'], approval: { required: true, deadline: '60m', remindEvery: '15m' } };
  const failing = scale('c', 'c', 3, { ...more, verify: { expect: 'evidence.no.such > 1' } });
  const plan = labPlan([{ ...sub, target: undefined }, failing], { cluster: 'test' });

  const { preview } = await lab.remediations.previewPlan(plan);
  expect(preview.steps[0]!.diff).toEqual([
    { path: '/a/spec/replicas', before: 2, after: 3 },
    { path: '/b/spec/replicas', before: 2, after: 4 },
  ]);
  const { id } = await lab.remediations.start(plan);
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  expect([await replicas('a'), await replicas('b')]).toEqual([3, 4]);
  await lab.remediations.approve(id, { by: 'ann', digest: approvals[0]!.digest });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'rolled_back', undone: ['c', 'sub'], left: [] });
  expect(await Promise.all(['a', 'b', 'c'].map(replicas))).toEqual([2, 2, 2]);
});
