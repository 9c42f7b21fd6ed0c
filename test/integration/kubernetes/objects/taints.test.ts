import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { createNamespace, kubectl, waitFor } from '../../../setup';
import { runAction } from '../action-context';
import { codeOf, connectTestCluster, createNode, deleteNode, podsOf, read, suffix, workload } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
const nodes: string[] = [];
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('taints');
});
afterAll(async () => {
  cluster.close();
  await Promise.all(nodes.map(deleteNode));
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

async function node() {
  const created = await createNode();
  nodes.push(created.name);
  return created;
}

const taints = async (name: string) =>
  JSON.parse(JSON.stringify((await read('Node', name)).spec?.taints ?? [])) as object[];

describe('taint_node', () => {
  test('taints that others set and remove meanwhile are kept, in execute and in rollback', async () => {
    const { name } = await node();
    await kubectl(['taint', 'node', name, 'disk=ok:NoSchedule', 'theirs=1:NoSchedule']);
    const run = runAction({
      cluster,
      action: 'taint_node',
      target: { kind: 'Node', name },
      params: { key: 'disk', value: 'slow', effect: 'NoSchedule' },
    });
    const validation = await run.validate();
    expect(validation.diff).toEqual([
      { path: '/spec/taints/disk:NoSchedule', before: 'disk=ok:NoSchedule', after: 'disk=slow:NoSchedule' },
    ]);
    await kubectl(['taint', 'node', name, 'theirs-', 'later=1:PreferNoSchedule']);
    const effect = await run.execute(validation);
    expect(await taints(name)).toContainEqual({ key: 'disk', value: 'slow', effect: 'NoSchedule' });
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    await kubectl(['taint', 'node', name, 'latest=1:NoSchedule']);
    await run.rollback(validation, effect);
    const left = await taints(name);
    expect(left).toContainEqual({ key: 'disk', value: 'ok', effect: 'NoSchedule' });
    for (const key of ['later', 'latest', 'kubernaut.dev/test'])
      expect(left).toContainEqual(expect.objectContaining({ key }));
    expect(left).not.toContainEqual(expect.objectContaining({ key: 'theirs' }));
  });

  test('NoExecute names the pods it will delete, and is true only when they are gone', async () => {
    const { name, podSpec } = await node();
    const app = `web-${suffix()}`;
    const spec = podSpec as { tolerations: object[] };
    await kubectl(['create', '-f', '-'], { input: workload(namespace, app, { replicas: 1, podSpec }) });
    await kubectl(['create', '-f', '-'], {
      input: workload(namespace, `${app}-tolerant`, {
        replicas: 1,
        podSpec: { ...spec, tolerations: [{ operator: 'Exists' }] },
      }),
    });
    await waitFor(
      async () => [...(await podsOf(namespace, app)), ...(await podsOf(namespace, `${app}-tolerant`))],
      (pods) => pods.length === 2 && pods.every((pod) => pod.status?.phase === 'Running'),
    );
    const old = (await podsOf(namespace, app))[0]!;
    const run = runAction({
      cluster,
      action: 'taint_node',
      target: { kind: 'Node', name },
      params: { key: 'maintenance', effect: 'NoExecute' },
    });
    const validation = await run.validate();
    expect(validation.warnings.join()).toContain(`1 pods do not tolerate it and will be deleted`);
    expect(validation.warnings.join()).toContain(old.metadata.name);
    const effect = await run.execute(validation);
    expect(effect.irreversible?.join()).toContain('were deleted');
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    expect((await podsOf(namespace, app)).map(({ metadata }) => metadata.uid)).not.toContain(old.metadata.uid);
    expect(await podsOf(namespace, `${app}-tolerant`)).toHaveLength(1);
    await kubectl(['delete', 'deployment', app, `${app}-tolerant`, '-n', namespace]);
  });

  test('a taint of the node controller is refused', async () => {
    const { name } = await node();
    const run = runAction({
      cluster,
      action: 'taint_node',
      target: { kind: 'Node', name },
      params: { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
    });
    expect(await codeOf(run.validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('node controller'),
    });
  });
});

describe('untaint_node', () => {
  test('verify refutes when the taint comes back; a taint that is not there is no effect', async () => {
    const { name } = await node();
    const run = runAction({ cluster, action: 'untaint_node', target: { kind: 'Node', name }, params: { key: 'disk' } });
    const nothing = await run.validate();
    expect(nothing).toMatchObject({ noEffect: true, diff: [] });
    expect(await run.execute(nothing)).toMatchObject({ changed: false });
    await kubectl(['taint', 'node', name, 'disk=slow:NoSchedule']);
    const validation = await run.validate();
    const effect = await run.execute(validation);
    await kubectl(['taint', 'node', name, 'disk=slow:NoSchedule']);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: false });
    expect(await codeOf(run.execute(validation, 2))).toMatchObject({ code: 'TARGET_CHANGED' });
  });
});
