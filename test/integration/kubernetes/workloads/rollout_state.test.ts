import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import { connectTestCluster, createWorkload, podsOf, read, storedWrites, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('pause');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const run = (action: string, name: string) =>
  runAction({ cluster, action, target: { kind: 'Deployment', namespace, name } });

test('a paused rollout reaches no pod, and the undo lets it go on', async () => {
  const name = `web-${suffix()}`;
  const before = await createWorkload(namespace, name, { replicas: 1 });
  const [pod] = await podsOf(namespace, name);
  const pause = run('pause_rollout', name);
  const validation = await pause.validate();
  expect(validation.diff).toEqual([{ path: '/spec/paused', after: true }]);
  const effect = await pause.execute(validation);
  expect(await pause.execute(validation, 2)).toEqual(effect);
  expect(await storedWrites({ resource: 'deployments', name, namespace })).toHaveLength(1);
  expect(await pause.verify(validation, effect)).toMatchObject({
    verified: true,
    data: { paused: true, progressing: 'DeploymentPaused' },
  });
  await kubectl(['set', 'image', `deployment/${name}`, 'web=registry.test/web:2', '-n', namespace]);
  const again = await run('pause_rollout', name).validate();
  expect(again).toMatchObject({ noEffect: true });
  expect((await podsOf(namespace, name)).map(({ metadata }) => metadata.uid)).toEqual([pod!.metadata.uid]);
  expect(await pause.rollback(validation, effect)).toMatchObject({ changed: true });
  const after = await read('Deployment', name, namespace);
  expect(after.spec?.paused).toBeUndefined();
  expect(after.metadata.uid).toBe(before.metadata.uid);
  await kubectl(['rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=30s']);
});

test('resuming is seen by the controller, and refuted when somebody pauses it again', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1 });
  await kubectl(['rollout', 'pause', `deployment/${name}`, '-n', namespace]);
  const resume = run('resume_rollout', name);
  const validation = await resume.validate();
  const effect = await resume.execute(validation);
  expect(effect.irreversible?.join()).toContain('stay replaced');
  expect(await resume.verify(validation, effect)).toMatchObject({ verified: true, data: { paused: false } });
  await kubectl(['rollout', 'pause', `deployment/${name}`, '-n', namespace]);
  expect(await resume.verify(validation, effect)).toMatchObject({
    verified: false,
    summary: expect.stringContaining('not resumed any more'),
  });
});
