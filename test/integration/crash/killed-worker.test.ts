import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { Step } from '../../../plan/model';
import { Lab } from '../engine/lab';
import { labPlan, k8sStep } from '../engine/lab-plan';
import { createNode, createWorkload, deleteNode, podsOf, read, storedWrites } from '../kubernetes/fixtures';
import { auditEvents, createNamespace, type AuditEvent } from '../../setup';
import type { CrashPoint } from './crashing-cluster';
import { ended, startWorkerProcess, stopWorkerProcesses } from './worker-process';

let lab: Lab;
let namespace: string;

beforeAll(async () => {
  lab = await Lab.open({ actions: [...kubernetesActions], worker: false });
  namespace = await createNamespace('crash');
});
afterEach(stopWorkerProcesses);
afterAll(() => lab?.close());

/** Runs the plan on a worker that dies at the crash point; another worker goes on. */
async function runThroughCrash(steps: Step[], crash: CrashPoint) {
  const doomed = await startWorkerProcess(lab.namespace, crash);
  const { id } = await lab.remediations.start(labPlan(steps, { cluster: 'test' }));
  expect(await ended(doomed)).toBe('SIGKILL');
  await startWorkerProcess(lab.namespace);
  return lab.remediations.result(id);
}

function replicaPatches(name: string) {
  return storedWrites({ resource: 'deployments', name, namespace, subresource: '' });
}

test('killed between the API call and its result, a scaling is done once, and succeeds', async () => {
  await createWorkload(namespace, 'web', { replicas: 2 });
  const step = k8sStep('scale', 'scale_deployment', { kind: 'Deployment', namespace, name: 'web' }, { replicas: 4 });
  const result = await runThroughCrash([step], { write: 'patch', count: 1 });
  expect(result).toMatchObject({ outcome: 'succeeded' });
  expect((await read('Deployment', 'web', namespace)).spec).toMatchObject({ replicas: 4 });
  expect(await replicaPatches('web')).toHaveLength(1);
});

test('killed between the API call and its result of an undo, the before-image is back, written once', async () => {
  const { spec } = await createWorkload(namespace, 'api', { replicas: 3 });
  const target = { kind: 'Deployment', namespace, name: 'api' };
  const steps = [
    k8sStep('scale', 'scale_deployment', target, { replicas: 5 }, { verify: { expect: 'evidence.ready > 100' } }),
  ];
  const result = await runThroughCrash(steps, { write: 'patch', count: 2 });
  expect(result).toMatchObject({ outcome: 'rolled_back', undone: ['scale'] });
  expect((await read('Deployment', 'api', namespace)).spec).toEqual(spec);
  expect(await replicaPatches('api')).toHaveLength(2);
});

test('killed after the 10th of 30 evictions, a drain evicts each pod exactly once', async () => {
  const node = await createNode();
  await createWorkload(namespace, 'thirty', { replicas: 30, podSpec: node.podSpec });
  const uids = (await podsOf(namespace, 'thirty')).map((pod) => pod.metadata.uid).sort();
  expect(uids).toHaveLength(30);
  const step = k8sStep('drain', 'drain_node', { kind: 'Node', name: node.name }, { maxConcurrent: 5 });
  const result = await runThroughCrash([step], { write: 'evict', count: 10 });
  expect(result).toMatchObject({ outcome: 'succeeded' });

  const evictions = await auditEvents({ namespace, resource: 'pods', subresource: 'eviction', verbs: ['create'] });
  // A request cut off by the kill is answered 504 although it may have been carried out: it counts where no 201 does.
  const real = evictions.filter(({ requestObject }) => !isDryRun(requestObject));
  const uidsWith = (code: number) => real.filter((event) => event.responseStatus?.code === code).map(uidOf);
  const done = uidsWith(201);
  const cutOff = uidsWith(504).filter((uid) => !done.includes(uid));
  expect([...done, ...new Set(cutOff)].sort()).toEqual(uids);
  expect(cutOff.length).toBeLessThan(10);
  const deletes = await auditEvents({ namespace, resource: 'pods', verbs: ['delete'], userAgent: 'kubernaut/' });
  expect(deletes).toEqual([]);
  expect((await read('Node', node.name)).spec).toMatchObject({ unschedulable: true });
  await deleteNode(node.name);
});

interface Eviction {
  deleteOptions?: { dryRun?: string[]; preconditions?: { uid?: string } };
}

function uidOf({ requestObject }: AuditEvent): string {
  return (requestObject as Eviction).deleteOptions?.preconditions?.uid ?? 'none';
}

function isDryRun(body: unknown): boolean {
  return (body as Eviction | undefined)?.deleteOptions?.dryRun?.includes('All') ?? false;
}

test('killed between deleting a pod and hearing of it, a restart deletes no second pod', async () => {
  await createWorkload(namespace, 'one', { replicas: 2 });
  const [pod] = await podsOf(namespace, 'one');
  const step = k8sStep('restart', 'restart_pod', { kind: 'Pod', namespace, name: pod!.metadata.name }, {});
  const result = await runThroughCrash([step], { write: 'delete', count: 1 });
  expect(result).toMatchObject({ outcome: 'succeeded' });
  const deletes = await storedWrites({ resource: 'pods', name: pod!.metadata.name, namespace, subresource: '' });
  expect(deletes.map(({ verb }) => verb)).toEqual(['delete']);
  expect(
    (await auditEvents({ namespace, resource: 'pods', verbs: ['delete'], userAgent: 'kubernaut/' })).map(nameOf),
  ).toEqual(expect.not.arrayContaining((await podsOf(namespace, 'one')).map(({ metadata }) => metadata.name)));
});

function nameOf(event: AuditEvent): string | undefined {
  return event.objectRef?.name;
}
