import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { valueAt } from '../../../activities/executors/kubernetes/fields/json-pointer';
import type { JsonObject } from '../../../plan/json';
import { installCrds } from '../../../tools/conformance/crds';
import { createNamespace, kubectl, testEnvironment, waitFor } from '../../setup';
import { runAction } from './action-context';
import { apply, codeOf, connectTestCluster, createWorkload, podsOf, read, suffix, workload } from './fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  await installCrds(testEnvironment(), ['verticalpodautoscalers']);
  cluster = connectTestCluster();
  namespace = await createNamespace('resources');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet';
const increase = (name: string, params: JsonObject, kind: Kind = 'Deployment') =>
  runAction({
    cluster,
    action: 'increase_resources',
    target: { kind, namespace, name },
    params: { stableSeconds: 0.5, ...params },
  });

const resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } };

async function resourcesOf(name: string, kind: Kind = 'Deployment'): Promise<JsonObject> {
  const object = await read(kind, name, namespace);
  return (valueAt(object, '/spec/template/spec/containers/0/resources') ?? {}) as JsonObject;
}

test.each([
  [
    'absolute values, in the form the server writes',
    { memory: { request: '200Mi', limit: '1024Mi' } },
    { requests: { cpu: '100m', memory: '200Mi' }, limits: { cpu: '500m', memory: '1Gi' } },
  ],
  [
    'a sum',
    { cpu: { limit: { by: '0.25' } } },
    { requests: resources.requests, limits: { cpu: '750m', memory: '256Mi' } },
  ],
  [
    'a product up to a cap',
    { memory: { limit: { factor: 4, cap: '512Mi' } }, cpu: { request: { factor: 1.5 } } },
    { requests: { cpu: '150m', memory: '128Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
  ],
])('%s', async (_, params, expected) => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1, container: { resources } });
  const run = increase(name, params);
  const validation = await run.validate();
  const effect = await run.execute(validation);
  expect(await resourcesOf(name)).toEqual(expected);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  await run.rollback(validation, effect);
  expect(await resourcesOf(name)).toEqual(resources);
});

test('all refusals at once: lower, none to add to, request above limit, unknown container', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { container: { resources } });
  const refused = await codeOf(increase(name, { memory: { limit: '64Mi' }, cpu: { request: '2' } }).validate());
  expect(refused).toMatchObject({ code: 'PRECONDITION_FAILED' });
  expect(refused.message).toContain('memory limit 64Mi is less than it has (256Mi)');
  expect(refused.message).toContain('cpu request 2 would be above its limit 500m');
  expect(await codeOf(increase(name, { container: 'sidecar', cpu: { limit: '1' } }).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('no container sidecar; there are: web'),
  });
  const bare = `bare-${suffix()}`;
  await createWorkload(namespace, bare);
  const nothing = await codeOf(increase(bare, { memory: { limit: '1Gi', request: { factor: 2 } } }).validate());
  expect(nothing.message).toMatch(/has no memory request to add to.*has no memory limit: setting one would lower it/);
  const capped = await increase(name, { memory: { limit: { factor: 2, cap: '256Mi' } } }).validate();
  expect(capped).toMatchObject({
    noEffect: true,
    warnings: expect.arrayContaining([expect.stringContaining('at its cap')]),
  });
});

test('a request where there was none is taken away again by the undo, with all that had to be made for it', async () => {
  const name = `web-${suffix()}`;
  const before = await createWorkload(namespace, name, { replicas: 1 });
  const run = increase(name, { memory: { request: '64Mi' }, cpu: { request: '50m' } });
  const validation = await run.validate();
  const effect = await run.execute(validation);
  expect(await resourcesOf(name)).toEqual({ requests: { memory: '64Mi', cpu: '50m' } });
  await run.rollback(validation, effect);
  expect((await read('Deployment', name, namespace)).spec).toEqual(before.spec);
});

test.each(['StatefulSet', 'DaemonSet'] as const)('a %s rolls to the new values, pod by pod', async (kind) => {
  const name = `db-${suffix()}`;
  await createWorkload(namespace, name, { kind, container: { resources } });
  const run = increase(name, { memory: { limit: '1Gi' } }, kind);
  const validation = await run.validate();
  const effect = await run.execute(validation);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  const limits = (await podsOf(namespace, name))
    .filter((pod) => !pod.metadata.deletionTimestamp)
    .map((pod) => valueAt(pod, '/spec/containers/0/resources/limits/memory'));
  expect(new Set(limits)).toEqual(new Set(['1Gi']));
});

test('OnDelete is refused, since a new template would reach no pod', async () => {
  const name = `db-${suffix()}`;
  await createWorkload(namespace, name, { kind: 'StatefulSet', container: { resources } });
  await kubectl([
    'patch',
    'statefulset',
    name,
    '-n',
    namespace,
    '-p',
    '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}',
  ]);
  expect(await codeOf(increase(name, { memory: { limit: '1Gi' } }, 'StatefulSet').validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('OnDelete'),
  });
});

test('an OOMKilled workload comes up with more memory, and not with still too little', async () => {
  const name = `web-${suffix()}`;
  await kubectl(['create', '-f', '-'], {
    input: workload(namespace, name, {
      replicas: 1,
      container: { resources },
      podAnnotations: { 'kubernaut.dev/test-memory-needed': '700Mi' },
      spec: { progressDeadlineSeconds: 5 },
    }),
  });
  await waitFor(
    () => podsOf(namespace, name),
    ([pod]) => JSON.stringify(pod?.status ?? {}).includes('OOMKilled'),
  );
  const little = increase(name, { memory: { limit: '512Mi' } });
  const first = await little.validate();
  const evidence = await little.verify(first, await little.execute(first));
  expect(evidence).toMatchObject({ verified: false });
  const enough = increase(name, { memory: { limit: '1Gi' } });
  const second = await enough.validate();
  expect(await enough.verify(second, await enough.execute(second))).toMatchObject({ verified: true });
});

test('a broken pod of an ordered StatefulSet is named: the fix alone would not reach it', async () => {
  const name = `db-${suffix()}`;
  await kubectl(['create', '-f', '-'], {
    input: workload(namespace, name, {
      kind: 'StatefulSet',
      image: 'registry.test/db:broken',
      container: { resources },
    }),
  });
  await waitFor(
    () => podsOf(namespace, name),
    (pods) => pods.length > 0,
  );
  const { warnings } = await increase(name, { memory: { limit: '1Gi' } }, 'StatefulSet').validate();
  expect(warnings.join()).toContain(`${name}-0 is not ready: an ordered StatefulSet does not replace it`);
});

test('a VerticalPodAutoscaler that sets what its pods get is named, and not one that only recommends', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 0, container: { resources } });
  const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  const autoscaler = (spec: object) =>
    apply({
      ...{ apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler', metadata: { namespace, name } },
      spec: { targetRef, ...spec },
    });
  const warned = async () => {
    const { warnings } = await increase(name, { memory: { limit: '512Mi' } }).validate();
    return warnings.filter((each) => each.includes('VerticalPodAutoscaler'));
  };
  const said = (mode: string) =>
    `VerticalPodAutoscaler ${namespace}/${name} (${mode}) sets the resources of its pods, whatever the template says`;

  await autoscaler({});
  // A kind that was not known when it was asked for is looked up again after some seconds.
  expect(await waitFor(warned, (warnings) => warnings.length > 0)).toEqual([said('Auto')]);
  await autoscaler({ updatePolicy: { updateMode: 'Initial' } });
  expect(await warned()).toEqual([said('Initial')]);
  await autoscaler({ updatePolicy: { updateMode: 'Off' } });
  expect(await warned()).toEqual([]);
});
