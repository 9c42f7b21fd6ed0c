import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { createNamespace, kubectl, waitFor } from '../../setup';
import { labActions, LabWorld } from '../engine/lab-actions';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan, set } from '../engine/lab-plan';
import { connectTestCluster, createWorkload, read } from '../kubernetes/fixtures';

const world = new LabWorld();
const SLOTS = 2;
let lab: Lab;
let cluster: ConnectedCluster;
let namespace: string;

beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('slots');
  lab = await Lab.open({
    actions: [...kubernetesActions, ...labActions(world)],
    clusters: new Map([['test', cluster]]),
    // By an alias of `custom`.
    tuning: { maxConcurrentActivitiesOf: { generic: SLOTS } },
  });
  await createWorkload(namespace, 'web', { replicas: 1 });
});
afterAll(async () => {
  await lab?.close();
  cluster?.close();
  if (namespace) await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

test('actions of one executor that hang at its limit do not delay those of another', async () => {
  const hung = () => world.calls.filter((call) => call.startsWith('execute ')).length;
  // Each is previewed before the next one hangs; the third finds no slot for its execute, nor the fourth for its preview.
  const ids: string[] = [];
  for (let number = 1; number <= 4; number++) {
    ids.push((await lab.remediations.start(labPlan([set(`slow${number}`, 1, { fault: 'hang' })]))).id);
    await waitFor(
      async () => hung(),
      (count) => count >= Math.min(number, SLOTS),
      { what: `execute number ${number}` },
    );
  }
  const startedAt = Date.now();
  const target = { kind: 'Deployment', namespace, name: 'web' };
  const steps = [k8sStep('web', 'scale_deployment', target, { replicas: 2 })];
  const { id } = await lab.remediations.start(labPlan(steps, { cluster: 'test' }));
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  expect((await read('Deployment', 'web', namespace)).spec).toMatchObject({ replicas: 2 });
  // The hanging ones hold their slots for an hour: whoever waited for them would not be here.
  expect(Date.now() - startedAt).toBeLessThan(30_000);
  expect(hung()).toBe(SLOTS);

  await Promise.all(ids.map((slow) => lab.remediations.abort(slow, { by: 'ann' })));
  const ended = await Promise.all(ids.map((slow) => lab.remediations.result(slow)));
  expect(ended.map(({ outcome }) => outcome)).toEqual(['aborted', 'aborted', 'aborted', 'aborted']);
});
