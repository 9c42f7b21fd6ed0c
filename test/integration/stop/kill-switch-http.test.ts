import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { customActions } from '../../../activities/executors/custom';
import { ActionRegistry } from '../../../activities/registry';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { auditEvents, createNamespace, kubectl, testEnvironment } from '../../setup';
import { type RunningBridge, startBridge } from '../bridge/running-bridge';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { connectTestCluster, createWorkload, read } from '../kubernetes/fixtures';

const names = ['a', 'b', 'c', 'd'];
let lab: Lab;
let cluster: ConnectedCluster;
let namespace: string;
let bridge: RunningBridge;

beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('stop-http');
  lab = await Lab.open({ actions: [...kubernetesActions], clusters: new Map([['test', cluster]]) });
  bridge = await startBridge({
    address: testEnvironment().temporalAddress,
    namespace: lab.namespace,
    actions: new ActionRegistry().register(...customActions, ...kubernetesActions),
  });
  await Promise.all(names.map((name) => createWorkload(namespace, name, { replicas: 1 })));
});
afterAll(async () => {
  await bridge?.stop();
  await lab?.close();
  cluster?.close();
  if (namespace) await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const replicas = async (name: string) =>
  ((await read('Deployment', name, namespace)).spec as { replicas: number }).replicas;
const scale = (name: string, count: number, more = {}) =>
  k8sStep(name, 'scale_deployment', { kind: 'Deployment', namespace, name }, { replicas: count }, more);

async function changesAfter(at: number) {
  const filter = { namespace, resource: 'deployments', writesOnly: true, dryRuns: false, userAgent: 'kubernaut' };
  const events = await auditEvents(filter);
  return events.filter(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp) > at);
}

test('over HTTP: only the role operate stops a cluster, obeyed within 5 s; undo works all the same; released, plans go on', async () => {
  const approval = { required: true, deadline: '60m', remindEvery: '15m' };
  // The second asks, so that the plan is half done when the switch is engaged, however fast the machine is.
  const steps = names.map((name, index) => ({
    ...scale(name, 3, index > 0 ? { dependsOn: [names[index - 1]!] } : {}),
    ...(name === 'b' && { approval }),
  }));
  const { id } = await lab.remediations.start(labPlan(steps, { cluster: 'test' }));
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  expect(await replicas('a')).toBe(3);

  const order = { cluster: 'test', reason: 'storm of wrong alerts' };
  for (const role of ['read', 'approve', 'ingest']) {
    expect((await bridge.as(role).post('/kill-switch/engage', order)).status).toBe(403);
  }
  expect((await bridge.as('read').get('/kill-switch')).data).toEqual({ engaged: [] });
  const engaged = await bridge.as('operate').post('/kill-switch/engage', order);
  const engagedAt = Date.now();
  expect(engaged.data).toMatchObject({ scope: 'cluster test', by: 'operate', reason: order.reason, already: false });
  await lab.remediations.approve(id, { by: 'ann', digest: approvals[0]!.digest });
  const { hold } = await lab.until(id, (status) => status.hold?.kind === 'stopped');
  expect(hold).toMatchObject({ by: 'operate', reason: order.reason, stop: 'stop/cluster/test' });

  const second = await bridge.as('operate').post('/kill-switch/engage', { ...order, reason: 'me too' });
  expect(second.data).toMatchObject({ already: true, reason: order.reason });
  const later = await lab.remediations.start(labPlan([scale('d', 5)], { cluster: 'test' }));
  await lab.until(later.id, (status) => status.hold?.kind === 'stopped');
  expect(await changesAfter(engagedAt + 5_000)).toEqual([]);

  const aborted = await bridge.as('operate').post(`/remediations/${encodeURIComponent(id)}/abort`, { reason: 'over' });
  expect(aborted.status).toBe(200);
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'aborted', left: [] });
  expect(await Promise.all(names.map(replicas))).toEqual([1, 1, 1, 1]);
  expect((await bridge.as('read').get('/kill-switch')).data.engaged).toMatchObject([{ id: 'stop/cluster/test' }]);

  expect((await bridge.as('operate').post('/kill-switch/release', {})).status).toBe(409);
  expect((await bridge.as('read').post('/kill-switch/release', { cluster: 'test' })).status).toBe(403);
  const released = await bridge.as('operate').post('/kill-switch/release', { cluster: 'test', reason: 'fixed' });
  expect(released.data).toEqual({ scope: 'cluster test', pending: false });
  expect((await lab.remediations.result(later.id)).outcome).toBe('succeeded');
  expect(await replicas('d')).toBe(5);
  expect(await lab.client.workflow.getHandle('stop/cluster/test').result()).toMatchObject({
    ...{ by: 'operate', reason: order.reason, releasedBy: 'operate', releaseReason: 'fixed' },
  });
});
