import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { valueAt } from '../../../activities/executors/kubernetes/fields/json-pointer';
import { createNamespace, kubectl, kubectlJson, waitFor } from '../../setup';
import { runAction } from './action-context';
import { apply, codeOf, connectTestCluster, content, createWorkload, podsOf, read, suffix, workload } from './fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('rollback');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const rollback = (name: string, params = {}, more: { deadlineMs?: number } = {}) =>
  runAction({
    cluster,
    action: 'rollback_deployment',
    target: { kind: 'Deployment', namespace, name },
    params,
    ...more,
  });

/** Two revisions: `first`, then `second`, which need not become ready. */
async function deployTwice(name: string, first: string, second: string): Promise<void> {
  await createWorkload(namespace, name, { image: first, spec: { progressDeadlineSeconds: 4 } });
  await kubectl(['set', 'image', `deployment/${name}`, `web=${second}`, '-n', namespace]);
  await waitFor(
    () => read('Deployment', name, namespace),
    ({ metadata, status }) =>
      metadata.annotations?.['deployment.kubernetes.io/revision'] === '2' &&
      status?.observedGeneration === metadata.generation,
  );
}

const images = async (name: string) =>
  (await podsOf(namespace, name)).map((pod) => valueAt(pod, '/spec/containers/0/image'));

test('a broken rollout is brought back to the revision before, and the pods prove it', async () => {
  const name = `web-${suffix()}`;
  await deployTwice(name, 'registry.test/web:1', 'registry.test/web:broken');
  const run = rollback(name);
  const validation = await run.validate();
  expect(validation.summary).toBe(`${namespace}/${name} revision 2 → 1`);
  expect(validation.diff).toContainEqual({
    path: '/spec/template/spec/containers/0/image',
    before: 'registry.test/web:broken',
    after: 'registry.test/web:1',
  });
  const effect = await run.execute(validation);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true, data: { pods: 2, stableSeconds: 3 } });
  await waitFor(
    () => images(name),
    (all) => all.length === 2 && all.every((image) => image === 'registry.test/web:1'),
  );
  // kubectl agrees: the template is that of the first revision, which has become the newest.
  const { items } = await kubectlJson<{
    items: Array<{ metadata: { annotations: Record<string, string> }; spec: { replicas: number } }>;
  }>(['get', 'replicasets', '-n', namespace, '-l', `app=${name}`]);
  const newest = items.find((each) => each.metadata.annotations['deployment.kubernetes.io/revision'] === '3');
  expect(newest?.spec.replicas).toBe(2);
});

test('going back to a crashing revision is refuted: pods that are ready for a moment prove nothing', async () => {
  const name = `web-${suffix()}`;
  await deployTwice(name, 'registry.test/web:1', 'registry.test/web:2');
  await kubectl(['set', 'image', `deployment/${name}`, 'web=registry.test/web:broken', '-n', namespace]);
  await waitFor(
    () => read('Deployment', name, namespace),
    (each) => each.metadata.annotations?.['deployment.kubernetes.io/revision'] === '3',
  );
  await kubectl(['set', 'image', `deployment/${name}`, 'web=registry.test/web:4', '-n', namespace]);
  await kubectl(['rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=30s']);
  const run = rollback(name, { toRevision: 3 });
  const validation = await run.validate();
  const effect = await run.execute(validation);
  const evidence = await run.verify(validation, effect);
  expect(evidence).toMatchObject({ verified: false });
  expect(evidence.summary).toMatch(/ProgressDeadlineExceeded|restarted \d+ times/);
  expect(evidence.summary).toContain('CrashLoopBackOff');
});

test('a flapping pod does not pass the stability window', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { image: 'registry.test/web:flapping', replicas: 1 });
  await kubectl(['set', 'image', `deployment/${name}`, 'web=registry.test/web:2', '-n', namespace]);
  await kubectl(['rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=30s']);
  const run = rollback(name, { stableSeconds: 8 }, { deadlineMs: 20_000 });
  const validation = await run.validate();
  const effect = await run.execute(validation);
  const result = await run.verify(validation, effect).then(
    ({ verified }) => String(verified),
    (error: { code: string }) => error.code,
  );
  expect(['false', 'DEADLINE_EXCEEDED']).toContain(result);
});

test('no earlier revision, an unknown one, a paused rollout: said before anything is done', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name);
  expect(await codeOf(rollback(name).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('no earlier revision than 1'),
  });
  await kubectl(['rollout', 'pause', `deployment/${name}`, '-n', namespace]);
  const refused = await codeOf(rollback(name, { toRevision: 9 }).validate());
  expect(refused.message).toMatch(/rollout is paused.*; there is no revision 9; there are: 1/);
  await kubectl(['rollout', 'resume', `deployment/${name}`, '-n', namespace]);
  expect(await rollback(name, { toRevision: 1 }).validate()).toMatchObject({ noEffect: true, diff: [] });
});

test('secrets in the environment are in neither diff nor before-image', async () => {
  const name = `web-${suffix()}`;
  const env = (password: string, mode: string) => ({
    env: [
      { name: 'DB_PASSWORD', value: password },
      { name: 'MODE', value: mode },
    ],
  });
  await createWorkload(namespace, name, { container: env('hunter2-old', 'slow') });
  await apply(workload(namespace, name, { container: env('hunter2-new', 'fast') }));
  await waitFor(
    () => read('Deployment', name, namespace),
    (each) => each.metadata.annotations?.['deployment.kubernetes.io/revision'] === '2',
  );
  const validation = await rollback(name).validate();
  const text = JSON.stringify(validation);
  expect(text).not.toContain('hunter2');
  expect(validation.diff).toContainEqual({
    path: '/spec/template/spec/containers/0/env/1/value',
    before: 'fast',
    after: 'slow',
  });
  const secret = validation.diff.find((each) => each.path.endsWith('/env/0/value'));
  expect(secret?.before).toMatch(/^\(sha256:[0-9a-f]{12}\)$/);
  expect(secret?.after).not.toBe(secret?.before);
});

test('the undo says so when the recorded revision is gone from the history', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { spec: { revisionHistoryLimit: 10 } });
  await kubectl(['set', 'image', `deployment/${name}`, 'web=registry.test/web:2', '-n', namespace]);
  await kubectl(['rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=30s']);
  const run = rollback(name, { stableSeconds: 0 });
  const validation = await run.validate();
  const effect = await run.execute(validation);
  await run.verify(validation, effect);
  const { from } = validation.before as { from: { source: string } };
  await kubectl(['delete', 'replicaset', from.source, '-n', namespace]);
  const before = content(await read('Deployment', name, namespace));
  expect(await codeOf(run.rollback(validation, effect))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
  expect(content(await read('Deployment', name, namespace))).toBe(before);
});
