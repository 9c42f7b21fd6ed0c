import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { createNamespace, kubectl, waitFor } from '../../../setup';
import { runAction } from '../action-context';
import {
  codeOf,
  connectAs,
  connectTestCluster,
  createWorkload,
  podsOf,
  read,
  storedWrites,
  suffix,
  workload,
} from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('restart');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const restart = (kind: string, name: string, action = 'restart_workload', params = {}) =>
  runAction({ cluster, action, target: { kind, namespace, name }, params: { stableSeconds: 0.5, ...params } });

const uidsOf = async (name: string) => {
  const pods = await podsOf(namespace, name);
  return pods.filter((pod) => !pod.metadata.deletionTimestamp).map((pod) => pod.metadata.uid);
};

test.each([
  ['Deployment', 'restart_deployment'],
  ['StatefulSet', 'restart_statefulset'],
  ['DaemonSet', 'restart_daemonset'],
] as const)('every pod of a %s is another one afterwards, and carries the operation', async (kind, action) => {
  const name = `app-${suffix()}`;
  await createWorkload(namespace, name, { kind, replicas: 2 });
  const before = await uidsOf(name);
  const run = restart(kind, name, action);
  const validation = await run.validate();
  expect(validation.summary).toBe(`restart all pods of ${namespace}/${name}`);
  const effect = await run.execute(validation);
  expect(effect.irreversible).toEqual([`the pods of ${namespace}/${name} were replaced`]);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  const pods = (await podsOf(namespace, name)).filter((pod) => !pod.metadata.deletionTimestamp);
  expect(pods.length).toBe(before.length);
  for (const pod of pods) {
    expect(before).not.toContain(pod.metadata.uid);
    expect(pod.metadata.annotations?.['kubernaut.dev/restarted-by']).toBe(run.step.operationId);
  }
});

test('a broken pod does not hold up the restart of an ordered StatefulSet: it is named, deleted once and replaced', async () => {
  const name = `db-${suffix()}`;
  await createWorkload(namespace, name, { kind: 'StatefulSet', replicas: 2 });
  // One pod alone goes bad: its image is changed in place.
  await kubectl(['set', 'image', `pod/${name}-1`, 'web=registry.test/web:broken', '-n', namespace]);
  await kubectl([
    'patch',
    'pod',
    `${name}-1`,
    '-n',
    namespace,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status: { conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }] } }),
  ]);
  const run = restart('StatefulSet', name);
  const before = await uidsOf(name);
  const validation = await run.validate();
  expect(validation.warnings.join()).toContain(`${name}-1`);
  const effect = await run.execute(validation);
  await run.execute(validation, 2);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  expect((await uidsOf(name)).filter((uid) => before.includes(uid))).toEqual([]);
  expect(await storedWrites({ resource: 'pods', name: `${name}-1`, namespace })).toHaveLength(1);
  expect(await storedWrites({ resource: 'pods', name: `${name}-0`, namespace })).toHaveLength(0);
});

test('a restart whose new pods never come up is refuted, and its undo leaves the old pods as they were', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1, spec: { progressDeadlineSeconds: 3 } });
  const before = await uidsOf(name);
  // A quota that is used up: no new pod can be made while the old one stands.
  const quota = `quota-${name}`;
  await kubectl(['create', 'quota', quota, '-n', namespace, '--hard=pods=0']);
  try {
    await waitFor(
      () => kubectl(['get', 'quota', quota, '-n', namespace, '-o', 'jsonpath={.status.hard.pods}']),
      (hard) => hard === '0',
    );
    const run = restart('Deployment', name);
    const validation = await run.validate();
    const effect = await run.execute(validation);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: false });
    expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
    expect(await uidsOf(name)).toEqual(before);
  } finally {
    await kubectl(['delete', 'quota', quota, '-n', namespace]);
  }
});

test('zero replicas, a paused rollout, OnDelete: a restart that would reach no pod is refused with all reasons', async () => {
  const name = `web-${suffix()}`;
  await kubectl(['create', '-f', '-'], { input: workload(namespace, name, { replicas: 0, spec: { paused: true } }) });
  expect(await codeOf(restart('Deployment', name).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringMatching(/rollout is paused.*; it is scaled to zero/),
  });
  const agent = `agent-${suffix()}`;
  const onDelete = { kind: 'DaemonSet', spec: { updateStrategy: { type: 'OnDelete' } } } as const;
  await kubectl(['create', '-f', '-'], { input: workload(namespace, agent, onDelete) });
  expect((await codeOf(restart('DaemonSet', agent).validate())).message).toContain('OnDelete');
  expect(await codeOf(restart('DaemonSet', agent, 'restart_deployment').validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
  });
});

describe('a target that is owned stands for its owner', () => {
  test.each(['Pod', 'ReplicaSet'])('a %s of a Deployment is the Deployment', async (kind) => {
    const name = `web-${suffix()}`;
    const deployment = await createWorkload(namespace, name, { replicas: 1 });
    const [pod] = await podsOf(namespace, name);
    const owned = kind === 'Pod' ? pod!.metadata.name : pod!.metadata.ownerReferences![0]!.name;
    const run = restart(kind, owned);
    const validation = await run.validate();
    expect(validation.target).toMatchObject({ kind: 'Deployment', name, uid: deployment.metadata.uid });
    expect(validation.warnings).toContain(
      `${kind} ${namespace}/${owned} belongs to Deployment ${name}, which is acted on`,
    );
    const effect = await run.execute(validation);
    // The pod that was named is gone by now: the phases hold to the owner that validate found.
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
    expect((await read('Deployment', name, namespace)).spec).toEqual(deployment.spec);
  });

  test('a pod of another kind of owner, one without any, a wrong uid and missing rights are refused by name', async () => {
    const set = `db-${suffix()}`;
    await createWorkload(namespace, set, { kind: 'StatefulSet', replicas: 1 });
    const other = await codeOf(restart('Pod', `${set}-0`, 'restart_deployment').validate());
    expect(other).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining(`belongs to StatefulSet ${set}; the action applies to Deployment`),
    });
    const alone = `alone-${suffix()}`;
    await kubectl(['run', alone, '--image=registry.test/web:1', '-n', namespace]);
    expect((await codeOf(restart('Pod', alone).validate())).message).toContain('has no controller');
    const replaced = runAction({
      cluster,
      action: 'restart_statefulset',
      target: { kind: 'Pod', namespace, name: `${set}-0`, uid: 'another' },
    });
    expect(await codeOf(replaced.validate())).toMatchObject({ code: 'TARGET_REPLACED' });
    const powerless = await connectAs(namespace);
    const refused = await codeOf(
      runAction({
        cluster: powerless,
        action: 'restart_statefulset',
        target: { kind: 'Pod', namespace, name: `${set}-0` },
      }).validate(),
    );
    powerless.close();
    expect(refused).toMatchObject({ code: 'FORBIDDEN' });
    expect(refused.message).toMatch(/get .*pods.*|pods/);
    expect(refused.message).toMatch(/patch/);
  });
});
