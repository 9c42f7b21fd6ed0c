import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { KillSwitch } from '../../../client/kill-switch';
import type { RemediationStatus } from '../../../plan/steering';
import { auditEvents, createNamespace, kubectl, waitFor } from '../../setup';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { connectTestCluster, createWorkload, read } from '../kubernetes/fixtures';

const required = { required: true, deadline: '60m', remindEvery: '15m' };
const order = { by: 'ann', reason: 'storm of wrong alerts' };
let lab: Lab;
let cluster: ConnectedCluster;
let namespace: string;
let kill: KillSwitch;

beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('stop');
  lab = await Lab.open({
    actions: [...kubernetesActions],
    clusters: new Map([['test', cluster]]),
    stopConfigMap: { namespace, name: 'kubernaut-stop' },
  });
  kill = new KillSwitch(lab.client);
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => createWorkload(namespace, name, { replicas: 1 })));
});
afterAll(async () => {
  await lab?.close();
  cluster?.close();
  if (namespace) await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const scale = (name: string, replicas: number, more = {}) =>
  k8sStep(name, 'scale_deployment', { kind: 'Deployment', namespace, name }, { replicas }, more);

const isStopped = ({ hold }: RemediationStatus) => hold?.kind === 'stopped';

/** What the API server let us change in our namespace after this moment. */
async function changesAfter(at: number) {
  const events = await auditEvents({
    namespace,
    resource: 'deployments',
    writesOnly: true,
    dryRuns: false,
    userAgent: 'kubernaut',
  });
  return events.filter(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp) > at);
}

const replicas = async (name: string) =>
  ((await read('Deployment', name, namespace)).spec as { replicas: number }).replicas;

test('engaged while five steps run, nothing is changed later than 5 s after; a restarted worker obeys; released, the plan succeeds', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  // The third asks, so that the plan is half done when the switch is engaged, however fast the machine is.
  const steps = names.map((name, index) => ({
    ...scale(name, 2, index > 0 ? { dependsOn: [names[index - 1]!] } : {}),
    ...(name === 'c' && { approval: required }),
  }));
  const { id } = await lab.remediations.start(labPlan(steps, { cluster: 'test' }));
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  await kill.engage(undefined, order);
  const engagedAt = Date.now();
  // A worker may believe for a moment that nothing is stopped; after five seconds it must not.
  const age = async () => Date.now() - engagedAt;
  await waitFor(age, (passed) => passed > 5_000, { timeout: 10_000, what: 'five seconds' });
  await lab.remediations.approve(id, { by: 'ann', digest: approvals[0]!.digest });

  const { hold, steps: views } = await lab.until(id, isStopped);
  expect(hold).toMatchObject({ kind: 'stopped', by: 'ann', reason: order.reason, stop: 'stop/global' });
  expect(views.filter(({ status }) => status === 'pending').length).toBeGreaterThan(0);
  await lab.untilState(id, 'stopped');
  await expect(lab.remediations.resume(id, { by: 'bob' })).rejects.toThrow(/the kill switch stops it \(ann\)/);

  await lab.stopWorker();
  await lab.startWorker();
  const second = await lab.remediations.start(labPlan([scale('e', 3)], { cluster: 'test' }));
  await lab.until(second.id, isStopped);
  expect(await changesAfter(engagedAt + 5_000)).toEqual([]);
  expect(await replicas('e')).toBe(1);
  await lab.remediations.abort(second.id, { by: 'bob' });
  expect((await lab.remediations.result(second.id)).outcome).toBe('aborted');

  expect(await kill.status()).toMatchObject([{ id: 'stop/global', by: 'ann', scope: { kind: 'global' } }]);
  expect(await kill.engage(undefined, { by: 'bob', reason: 'me too' })).toMatchObject({ already: true, by: 'ann' });
  expect(await kill.release(undefined, { by: 'bob', reason: 'over' })).toMatchObject({ pending: false });
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
  expect(await Promise.all(names.map(replicas))).toEqual([2, 2, 2, 2, 2]);
  expect(await lab.client.workflow.getHandle('stop/global').result()).toMatchObject({ ...order, releasedBy: 'bob' });
  expect(await kill.status()).toEqual([]);
});

test('a failing plan is undone while the switch is engaged, by rollbacks and by steps of explicit ones', async () => {
  const step = { action: 'scale_deployment', params: { replicas: 1 } };
  const steps = [
    scale('a', 3),
    scale('b', 3, { dependsOn: ['a'], rollback: { mode: 'step', step } }),
    scale('c', 3, { dependsOn: ['b'], approval: required }),
  ];
  const { id } = await lab.remediations.start(labPlan(steps, { cluster: 'test' }));
  await lab.until(id, ({ approvals }) => approvals.length > 0);
  await kill.engage('test', order);
  await lab.remediations.reject(id, { by: 'bob' });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'rejected', undone: ['b', 'a'], left: [] });
  expect(await Promise.all(['a', 'b', 'c'].map(replicas))).toEqual([2, 1, 2]);
  await kill.release('test', { by: 'ann' });
});

test('a ConfigMap stops the steps of its cluster, and only it can release them', async () => {
  const name = 'kubernaut-stop';
  const data = { stop: 'true', reason: 'maintenance' };
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
  await kubectl(['apply', '-f', '-'], { input: manifest });
  await waitFor(
    () => kill.status(['test']),
    (found) => found.length > 0,
    { timeout: 5_000, what: 'the mirrored switch' },
  );
  const { id } = await lab.remediations.start(labPlan([scale('d', 1)], { cluster: 'test' }));
  const { hold } = await lab.until(id, isStopped);
  expect(hold).toMatchObject({
    by: `ConfigMap ${namespace}/${name}`,
    reason: 'maintenance',
    stop: 'stop/configmap/test',
  });
  await expect(kill.release('test', { by: 'bob' })).rejects.toThrow(/\(cluster test\) is not engaged/);
  expect(await replicas('d')).toBe(2);

  await lab.stopWorker();
  await lab.startWorker();
  expect((await lab.remediations.status(id)).hold).toMatchObject({ kind: 'stopped' });
  await kubectl(['patch', 'configmap', name, '-n', namespace, '--type=merge', '-p', '{"data":{"stop":"false"}}']);
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
  expect(await replicas('d')).toBe(1);
});

test('engaged with no worker there, it stops the first step of whatever comes; a ConfigMap deleted meanwhile counts as released', async () => {
  await kubectl([
    'patch',
    'configmap',
    'kubernaut-stop',
    '-n',
    namespace,
    '--type=merge',
    '-p',
    '{"data":{"stop":"true"}}',
  ]);
  await waitFor(
    () => kill.status(['test']),
    (found) => found.length > 0,
    { timeout: 5_000, what: 'the mirrored switch' },
  );
  await lab.stopWorker();
  await kill.engage('test', order);
  await kubectl(['delete', 'configmap', 'kubernaut-stop', '-n', namespace]);
  const { id } = await lab.remediations.start(labPlan([scale('e', 1)], { cluster: 'test' }));
  await lab.startWorker();
  const { hold } = await lab.until(id, isStopped);
  expect(hold).toMatchObject({ stop: 'stop/cluster/test' });
  await waitFor(
    () => kill.status(['test']),
    (found) => found.length === 1,
    { timeout: 10_000, what: 'the released mirror' },
  );
  await kill.release('test', { by: 'ann' });
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
});
