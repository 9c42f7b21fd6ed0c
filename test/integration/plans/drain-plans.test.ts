import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { auditEvents, createNamespace, kubectl } from '../../setup';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import {
  apply,
  connectTestCluster,
  createNode,
  createWorkload,
  deleteNode,
  podsOf,
  read,
} from '../kubernetes/fixtures';

let lab: Lab;
let cluster: ConnectedCluster;
let namespace: string;
const nodes: string[] = [];

beforeAll(async () => {
  cluster = connectTestCluster();
  lab = await Lab.open({ actions: [...kubernetesActions], clusters: new Map([['test', cluster]]) });
  namespace = await createNamespace('plans');
});
afterAll(async () => {
  await lab?.close();
  cluster?.close();
  await Promise.all(nodes.map(deleteNode));
});

async function nodeWithPods(app: string, replicas: number) {
  const node = await createNode();
  nodes.push(node.name);
  await createWorkload(namespace, app, { replicas, podSpec: node.podSpec });
  return node.name;
}

function budget(app: string) {
  return apply({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: app, namespace },
    spec: { minAvailable: '100%', selector: { matchLabels: { app } } },
  });
}

async function podUids(app: string): Promise<string[]> {
  return (await podsOf(namespace, app)).map(({ metadata }) => metadata.uid).sort();
}

test('with a disruption budget at 0 the drain waits, gives up at its deadline, and is undone; no pod was touched', async () => {
  const name = await nodeWithPods('budget', 3);
  await budget('budget');
  const before = await podUids('budget');
  const drain = k8sStep('drain', 'drain_node', { kind: 'Node', name }, {}, { timeout: '8s' });
  const { id } = await lab.remediations.start(labPlan([drain], { cluster: 'test' }));
  const result = await lab.remediations.result(id);
  expect(result).toMatchObject({ outcome: 'rolled_back', undone: ['drain'] });
  expect(result.steps[0]?.error?.code).toBe('DISRUPTION_BUDGET');
  expect(await podUids('budget')).toEqual(before);
  expect((await read('Node', name)).spec).not.toHaveProperty('unschedulable');
  const tried = await auditEvents({ namespace, resource: 'pods', subresource: 'eviction', verbs: ['create'] });
  expect(tried.filter(({ responseStatus }) => responseStatus?.code === 429).length).toBeGreaterThan(0);
  expect(await auditEvents({ namespace, resource: 'pods', verbs: ['delete'], userAgent: 'kubernaut/' })).toEqual([]);
});

test('a cancel during a drain ends it and restores the cordon state within 10 s; no rollback starts before the activity has stopped', async () => {
  const name = await nodeWithPods('cancelled', 4);
  await budget('cancelled');
  const before = await podUids('cancelled');
  const drain = k8sStep('drain', 'drain_node', { kind: 'Node', name }, {}, { timeout: '10m' });
  const { id } = await lab.remediations.start(labPlan([drain], { cluster: 'test' }));
  await lab.until(id, ({ steps }) => steps[0]?.status === 'executing');
  await kubectl(['wait', 'node', name, '--for=jsonpath={.spec.unschedulable}=true', '--timeout=10s']);

  const cancelledAt = Date.now();
  await lab.client.workflow.getHandle(id).cancel();
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'aborted', undone: ['drain'] });
  expect(Date.now() - cancelledAt).toBeLessThan(10_000);
  expect((await read('Node', name)).spec).not.toHaveProperty('unschedulable');
  expect(await podUids('cancelled')).toEqual(before);

  const events = await lab.events(id);
  const stopped = events.indexOf('activityTaskCanceledEventAttributes');
  const rollback = events.lastIndexOf('activityTaskScheduledEventAttributes');
  expect(stopped).toBeGreaterThan(0);
  expect(rollback).toBeGreaterThan(stopped);
});

test('a node that a person had cordoned before stays cordoned when the drain is undone', async () => {
  const name = await nodeWithPods('cordoned', 1);
  await budget('cordoned');
  await kubectl(['cordon', name]);
  const drain = k8sStep('drain', 'drain_node', { kind: 'Node', name }, {}, { timeout: '6s' });
  const { id } = await lab.remediations.start(labPlan([drain], { cluster: 'test' }));
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'rolled_back' });
  expect((await read('Node', name)).spec).toMatchObject({ unschedulable: true });
});

test('a drain that got half way before its deadline is undone, and the outcome names the pods that were evicted', async () => {
  const name = await nodeWithPods('half', 4);
  const [kept] = await podsOf(namespace, 'half');
  // The budget covers one pod alone, so the others go and this one cannot.
  await kubectl(['label', 'pod', kept!.metadata.name, '-n', namespace, 'kept=yes']);
  await apply({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'half', namespace },
    spec: { minAvailable: 1, selector: { matchLabels: { kept: 'yes' } } },
  });
  const drain = k8sStep('drain', 'drain_node', { kind: 'Node', name }, {}, { timeout: '8s' });
  const { id } = await lab.remediations.start(labPlan([drain], { cluster: 'test' }));
  const result = await lab.remediations.result(id);
  expect(result.outcome).toBe('rolled_back');
  expect(result.left.map(({ summary }) => summary)).toHaveLength(3);
  expect(result.left.map(({ summary }) => summary).join()).not.toContain(kept!.metadata.name);
  expect(await podUids('half')).toContain(kept!.metadata.uid);
  expect((await read('Node', name)).spec).not.toHaveProperty('unschedulable');
});
