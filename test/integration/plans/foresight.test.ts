import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import type { Step } from '../../../plan/model';
import { auditEvents, createNamespace, kubectl } from '../../setup';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { step } from '../../unit/core/world';
import { connectTestCluster, createNode, createWorkload, deleteNode, read, storedWrites } from '../kubernetes/fixtures';

const required = { required: true, deadline: '60m', remindEvery: '15m' };
const RESOURCES = '/spec/template/spec/containers/0/resources';
let lab: Lab;
let cluster: ConnectedCluster;
let namespace: string;
const nodes: string[] = [];

beforeAll(async () => {
  cluster = connectTestCluster();
  lab = await Lab.open({ actions: [...kubernetesActions], clusters: new Map([['test', cluster]]) });
  namespace = await createNamespace('foresight');
});
afterAll(async () => {
  await lab?.close();
  cluster?.close();
  if (namespace) await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  await Promise.all(nodes.map(deleteNode));
});

const scale = (id: string, name: string, params: { replicas: number } | { by: number }, more: Partial<Step> = {}) =>
  k8sStep(id, 'scale_deployment', { kind: 'Deployment', namespace, name }, params, more);

const replicasOf = async (name: string) => (await read('Deployment', name, namespace)).spec?.replicas;

test('a later step of the same object is previewed as the server would take it after the earlier ones, and then does that', async () => {
  const resources = { requests: { memory: '64Mi' }, limits: { memory: '64Mi' } };
  await createWorkload(namespace, 'web', { replicas: 1, container: { resources } });
  const target = { kind: 'Deployment', namespace, name: 'web' };
  const raise = { memory: { limit: { factor: 2 } }, stableSeconds: 0 };
  const steps = [
    scale('out', 'web', { replicas: 3 }),
    k8sStep('memory', 'increase_resources', target, raise, { dependsOn: ['out'] }),
    k8sStep('again', 'increase_resources', target, raise, { dependsOn: ['memory'] }),
    scale('further', 'web', { by: 1 }, { dependsOn: ['again'] }),
  ];
  const { id } = await lab.remediations.start(labPlan(steps, { cluster: 'test', approval: required }));
  await lab.until(id, ({ phase }) => phase === 'awaiting_approval');
  const preview = await lab.remediations.preview(id);
  expect(preview.steps.map(({ diff, after, knownAfter }) => ({ diff, after, knownAfter }))).toEqual([
    { diff: [{ path: '/spec/replicas', before: 1, after: 3 }], after: undefined, knownAfter: [] },
    { diff: [{ path: `${RESOURCES}/limits/memory`, before: '64Mi', after: '128Mi' }], after: ['out'], knownAfter: [] },
    {
      diff: [{ path: `${RESOURCES}/limits/memory`, before: '128Mi', after: '256Mi' }],
      after: ['out', 'memory'],
      knownAfter: [],
    },
    { diff: [{ path: '/spec/replicas', before: 3, after: 4 }], after: ['out', 'memory', 'again'], knownAfter: [] },
  ]);
  // The server has judged all changes together, and stored none of them.
  expect(await storedWrites({ resource: 'deployments', name: 'web', namespace })).toEqual([]);
  const tried = await auditEvents({ namespace, resource: 'deployments', name: 'web', verbs: ['patch'] });
  const pathsOf = (request: unknown) => (request as { path: string }[]).map(({ path }) => path);
  const requests = tried
    .filter(({ requestURI }) => requestURI.includes('dryRun=All'))
    .map((each) => pathsOf(each.requestObject));
  expect(requests.at(-1)!.filter((path) => path === '/spec/replicas' || path.startsWith(RESOURCES))).toEqual([
    '/spec/replicas',
    `${RESOURCES}/limits/memory`,
    `${RESOURCES}/limits/memory`,
    '/spec/replicas',
  ]);
  expect(await replicasOf('web')).toBe(1);

  await lab.remediations.approve(id, { by: 'ann', digest: preview.digest! });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  const { spec } = await read('Deployment', 'web', namespace);
  expect(spec).toMatchObject({
    replicas: 4,
    template: { spec: { containers: [{ resources: { requests: { memory: '64Mi' }, limits: { memory: '256Mi' } } }] } },
  });
});

test('cordon, drain, uncordon of one node: the drain is previewed on the cordoned node, and the node is back in the end', async () => {
  const { name } = await createNode();
  nodes.push(name);
  const target = { kind: 'Node', name };
  const steps = [
    k8sStep('cordon', 'cordon_node', target, {}),
    k8sStep('drain', 'drain_node', target, {}, { dependsOn: ['cordon'] }),
    k8sStep('uncordon', 'uncordon_node', target, {}, { dependsOn: ['drain'] }),
  ];
  const plan = labPlan(steps, { cluster: 'test', approval: required });
  const { id } = await lab.remediations.start(plan);
  await lab.until(id, ({ phase }) => phase === 'awaiting_approval');
  const preview = await lab.remediations.preview(id);
  expect(preview.steps).toMatchObject([
    { diff: [{ path: '/spec/unschedulable', after: true }], noEffect: false },
    { diff: [], noEffect: true, summary: expect.stringContaining('cordoned already'), after: ['cordon'] },
    { diff: [{ path: '/spec/unschedulable', before: true }], noEffect: false, after: ['cordon', 'drain'] },
  ]);
  await lab.remediations.approve(id, { by: 'ann', digest: preview.digest! });
  const result = await lab.remediations.result(id);
  expect(result).toMatchObject({ outcome: 'succeeded' });
  expect(result.steps.map(({ status }) => status)).toEqual(['succeeded', 'no_effect', 'succeeded']);
  expect((await read('Node', name)).spec).not.toHaveProperty('unschedulable');
  expect(await storedWrites({ resource: 'nodes', name, subresource: '' })).toHaveLength(2);
});

/** Approved as 1 → 2 → (a person is asked) → the rest; what happens while the person is asked is up to the test. */
async function meanwhile(name: string, last: Step, change: () => Promise<unknown>) {
  await createWorkload(namespace, name, { replicas: 1 });
  const gate = {
    ...step('gate', { action: 'log', params: { message: 'now' }, dependsOn: ['out'], approval: required }),
  };
  const steps = [scale('out', name, { replicas: 2 }), { ...gate, target: undefined }, { ...last, dependsOn: ['gate'] }];
  const { id } = await lab.remediations.start(labPlan(steps, { cluster: 'test', approval: required }));
  const first = await lab.until(id, ({ phase }) => phase === 'awaiting_approval');
  await lab.remediations.approve(id, { by: 'ann', digest: first.approvals[0]!.digest });
  const second = await lab.until(id, ({ steps: [, asked] }) => asked?.status === 'awaiting_approval');
  await change();
  await lab.remediations.approve(id, { by: 'ann', digest: second.approvals[0]!.digest, step: 'gate' });
  return id;
}

test('an effect that is another one by then is asked about again', async () => {
  const id = await meanwhile('api', scale('more', 'api', { by: 1 }), () =>
    kubectl(['scale', 'deployment/api', '-n', namespace, '--replicas=5']),
  );
  const { approvals } = await lab.until(id, ({ steps: [, , more] }) => more?.status === 'awaiting_approval');
  expect(approvals).toMatchObject([{ subject: { step: 'more' }, why: expect.stringContaining('has changed since') }]);
  expect(await replicasOf('api')).toBe(5);
  await lab.remediations.approve(id, { by: 'bob', digest: approvals[0]!.digest, step: 'more' });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  expect(await replicasOf('api')).toBe(6);
});

test('a step of which somebody else has left nothing to do by then has no effect, and writes nothing', async () => {
  const id = await meanwhile('db', scale('more', 'db', { replicas: 4 }), () =>
    kubectl(['scale', 'deployment/db', '-n', namespace, '--replicas=4']),
  );
  const result = await lab.remediations.result(id);
  expect(result.steps.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'no_effect']);
  expect(await storedWrites({ resource: 'deployments', name: 'db', namespace, subresource: '' })).toHaveLength(1);
});

test('what cannot be done to the object as it will be blocks the plan in the preview', async () => {
  await createWorkload(namespace, 'gone', { replicas: 1 });
  const target = { kind: 'Deployment', namespace, name: 'gone' };
  const restart = k8sStep('restart', 'restart_deployment', target, {}, { dependsOn: ['off'] });
  const { id } = await lab.remediations.start(
    labPlan([scale('off', 'gone', { replicas: 0 }), restart], { cluster: 'test' }),
  );
  const result = await lab.remediations.result(id);
  expect(result).toMatchObject({ outcome: 'blocked' });
  expect(result.problems).toMatchObject([
    {
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('it is scaled to zero: there is no pod to restart'),
    },
  ]);
  expect(await replicasOf('gone')).toBe(1);
});
