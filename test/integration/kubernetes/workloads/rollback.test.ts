import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { valueAt } from '../../../../activities/executors/kubernetes/fields/json-pointer';
import { createNamespace, kubectl, waitFor } from '../../../setup';
import { runAction } from '../action-context';
import { codeOf, connectTestCluster, createWorkload, podsOf, read, storedWrites, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('rollback-sets');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

type Kind = 'StatefulSet' | 'DaemonSet';
const rollback = (kind: Kind, name: string, params = {}) =>
  runAction({
    cluster,
    action: `rollback_${kind.toLowerCase()}`,
    target: { kind, namespace, name },
    params: { stableSeconds: 0.5, ...params },
  });

const setImage = (kind: string, name: string, image: string) =>
  kubectl(['set', 'image', `${kind}/${name}`, `web=registry.test/web:${image}`, '-n', namespace]);

async function deployTwice(kind: Kind, name: string, second: string, replicas = 1): Promise<void> {
  await createWorkload(namespace, name, { kind, replicas });
  await setImage(kind, name, second);
  await waitFor(
    () => read(kind, name, namespace),
    ({ status, metadata }) => status?.observedGeneration === metadata.generation,
  );
}

const imagesOf = async (name: string) =>
  (await podsOf(namespace, name))
    .filter((pod) => !pod.metadata.deletionTimestamp)
    .map((pod) => valueAt(pod, '/spec/containers/0/image'));

test('an ordered StatefulSet stuck in a broken rollout comes back, which takes the deletion of its broken pod', async () => {
  const name = `db-${suffix()}`;
  await deployTwice('StatefulSet', name, 'broken', 3);
  await waitFor(
    () => podsOf(namespace, name),
    (pods) => JSON.stringify(pods.map(({ status }) => status)).includes('CrashLoopBackOff'),
  );
  const run = rollback('StatefulSet', name);
  const validation = await run.validate();
  expect(validation.summary).toBe(`${namespace}/${name} revision 2 → 1`);
  expect(validation.warnings.join()).toContain(`replace them: ${name}-2`);
  const effect = await run.execute(validation);
  expect(await run.execute(validation, 2)).toEqual(effect);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true, data: { pods: 3 } });
  expect(await imagesOf(name)).toEqual(Array(3).fill('registry.test/web:1'));
  for (const [ordinal, deletions] of [0, 0, 1].entries()) {
    expect(await storedWrites({ resource: 'pods', name: `${name}-${ordinal}`, namespace })).toHaveLength(deletions);
  }
});

test('a pod that is ready, but still of the revision left behind, is no success', async () => {
  const name = `db-${suffix()}`;
  await createWorkload(namespace, name, { kind: 'StatefulSet', replicas: 2 });
  // The new revision stops half way: a partition keeps it from the first pod.
  await kubectl(['patch', 'statefulset', name, '-n', namespace, '-p', PARTITION(1)]);
  await setImage('statefulset', name, '2');
  await waitFor(
    () => imagesOf(name),
    (images) => images.includes('registry.test/web:2'),
  );
  await kubectl(['rollout', 'status', `statefulset/${name}`, '-n', namespace, '--timeout=30s']);
  await kubectl(['patch', 'statefulset', name, '-n', namespace, '-p', PARTITION(0)]);
  const run = rollback('StatefulSet', name, { toRevision: 1 });
  const validation = await run.validate();
  const effect = await run.execute(validation);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  expect(await imagesOf(name)).toEqual(['registry.test/web:1', 'registry.test/web:1']);
});

const PARTITION = (partition: number) => JSON.stringify({ spec: { updateStrategy: { rollingUpdate: { partition } } } });

test('a DaemonSet goes back, and forward again when it is undone', async () => {
  const name = `agent-${suffix()}`;
  await deployTwice('DaemonSet', name, 'broken');
  const broken = await read('DaemonSet', name, namespace);
  const run = rollback('DaemonSet', name);
  const validation = await run.validate();
  expect(validation.diff).toContainEqual({
    path: '/spec/template/spec/containers/0/image',
    before: 'registry.test/web:broken',
    after: 'registry.test/web:1',
  });
  const effect = await run.execute(validation);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  expect(new Set(await imagesOf(name))).toEqual(new Set(['registry.test/web:1']));
  expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
  expect((await read('DaemonSet', name, namespace)).spec).toEqual(broken.spec);
});

test('no earlier revision, an unknown one, the current one', async () => {
  const name = `db-${suffix()}`;
  await createWorkload(namespace, name, { kind: 'StatefulSet', replicas: 1 });
  expect((await codeOf(rollback('StatefulSet', name).validate())).message).toContain('no earlier revision than 1');
  expect((await codeOf(rollback('StatefulSet', name, { toRevision: 9 }).validate())).message).toContain('there are: 1');
  expect(await rollback('StatefulSet', name, { toRevision: 1 }).validate()).toMatchObject({ noEffect: true });
});
