import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { valueAt } from '../../../../activities/executors/kubernetes/fields/json-pointer';
import { createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import { codeOf, connectTestCluster, createWorkload, podsOf, read, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('debug');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const debug = (name: string, params: object = {}) =>
  runAction({
    cluster,
    action: 'enable_debug_mode',
    target: { kind: 'Deployment', namespace, name },
    params: { stableSeconds: 0.5, ...params },
  });

test.each([
  ['no environment at all', undefined],
  ['other variables, one of them secret', [{ name: 'API_TOKEN', value: 'hunter2' }]],
  [
    'the variable with another value',
    [
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'MODE', value: 'fast' },
    ],
  ],
])('a container with %s gets it, and is exactly as before after the undo', async (_, env) => {
  const name = `web-${suffix()}`;
  const before = await createWorkload(namespace, name, { replicas: 1, container: env && { env } });
  const run = debug(name);
  const validation = await run.validate();
  expect(JSON.stringify(validation)).not.toContain('hunter2');
  const effect = await run.execute(validation);
  expect(await run.execute(validation, 2)).toEqual(effect);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  const pods = (await podsOf(namespace, name)).filter((pod) => !pod.metadata.deletionTimestamp);
  expect(pods.map((pod) => valueAt(pod, '/spec/containers/0/env'))).toEqual([
    expect.arrayContaining([{ name: 'LOG_LEVEL', value: 'debug' }]),
  ]);
  expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
  expect((await read('Deployment', name, namespace)).spec).toEqual(before.spec);
});

test('a variable that comes from elsewhere, an unknown container and a secret name are refused', async () => {
  const name = `web-${suffix()}`;
  const env = [{ name: 'LOG_LEVEL', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
  await createWorkload(namespace, name, { replicas: 1, container: { env } });
  expect(await codeOf(debug(name).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('change it there'),
  });
  expect((await codeOf(debug(name, { container: 'app' }).validate())).message).toContain('no container app');
  expect(await codeOf(debug(name, { variable: 'DB_PASSWORD' }).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
});
