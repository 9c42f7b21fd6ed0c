import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { valueAt } from '../../../../activities/executors/kubernetes/fields/json-pointer';
import { defaultActionSettings } from '../../../../config/action-settings';
import { createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import { codeOf, connectTestCluster, createWorkload, podsOf, read, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('image');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const setImage = (name: string, params: object, imageRegistries: string[] = ['registry.test']) =>
  runAction({
    cluster,
    action: 'set_image',
    target: { kind: 'Deployment', namespace, name },
    params: { stableSeconds: 0.5, ...params },
    settings: { kubernetes: { ...defaultActionSettings.kubernetes, imageRegistries } },
  });

const imagesOf = async (name: string) =>
  (await podsOf(namespace, name))
    .filter((pod) => !pod.metadata.deletionTimestamp)
    .map((pod) => valueAt(pod, '/spec/containers/0/image'));

test('the pods run the new image, a second execute is no change, and the undo brings the old one back', async () => {
  const name = `web-${suffix()}`;
  const before = await createWorkload(namespace, name, { replicas: 2 });
  const run = setImage(name, { image: 'registry.test/web:2' });
  const validation = await run.validate();
  expect(validation).toMatchObject({
    summary: `${namespace}/${name}/web image registry.test/web:1 → registry.test/web:2`,
    diff: [
      {
        path: '/spec/template/spec/containers/0/image',
        before: 'registry.test/web:1',
        after: 'registry.test/web:2',
      },
    ],
  });
  const effect = await run.execute(validation);
  const { generation } = (await read('Deployment', name, namespace)).metadata;
  expect(await run.execute(validation, 2)).toEqual(effect);
  expect((await read('Deployment', name, namespace)).metadata.generation).toBe(generation);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  expect(await imagesOf(name)).toEqual(['registry.test/web:2', 'registry.test/web:2']);
  await run.rollback(validation, effect);
  expect((await read('Deployment', name, namespace)).spec).toEqual(before.spec);
});

test('an image that crashes is refuted', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1, spec: { progressDeadlineSeconds: 4 } });
  const run = setImage(name, { image: 'registry.test/web:broken' });
  const validation = await run.validate();
  const evidence = await run.verify(validation, await run.execute(validation));
  expect(evidence).toMatchObject({ verified: false, summary: expect.stringContaining('CrashLoopBackOff') });
});

test('a registry that is not allowed and an unknown container are both named; without a list nothing is allowed', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1 });
  const refused = await codeOf(setImage(name, { image: 'evil.example/web:2', container: 'app' }).validate());
  expect(refused).toMatchObject({ code: 'PRECONDITION_FAILED' });
  expect(refused.message).toMatch(
    /no allowed registry .*imageRegistries: registry\.test\); it has no container app; there are: web/,
  );
  const none = await codeOf(setImage(name, { image: 'registry.test/web:2' }, []).validate());
  expect(none.message).toContain('imageRegistries: none');
  expect(await codeOf(setImage(name, { image: 'registry.test/Web' }).validate())).toMatchObject({
    code: 'PARAMS_INVALID',
    message: expect.stringContaining('is no image'),
  });
});
