import { createNamespace, kubectl } from '../../setup';
import { runAction } from './action-context';
import { codeOf, connectTestCluster, createNode, deleteNode, read } from './fixtures';

let namespace: string;
const nodes: string[] = [];
beforeAll(async () => {
  namespace = await createNamespace('schedule');
});
afterAll(async () => {
  await Promise.all(nodes.map(deleteNode));
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

async function node(): Promise<string> {
  const { name } = await createNode();
  nodes.push(name);
  return name;
}

describe('cordon_node', () => {
  test('a node that a person had cordoned stays cordoned', async () => {
    const name = await node();
    await kubectl(['cordon', name]);
    const cluster = connectTestCluster();
    const run = runAction({ cluster, action: 'cordon_node', target: { kind: 'Node', name } });
    const validation = await run.validate();
    expect(validation.noEffect).toBe(true);
    expect(await run.execute(validation)).toMatchObject({ changed: false });
    expect(await run.rollback(validation)).toMatchObject({ changed: false });
    expect((await read('Node', name)).spec?.unschedulable).toBe(true);
    cluster.close();
  });

  test('verify refutes when somebody uncordons; a second execute does not cordon again', async () => {
    const name = await node();
    const cluster = connectTestCluster();
    const run = runAction({ cluster, action: 'cordon_node', target: { kind: 'Node', name } });
    const validation = await run.validate();
    const effect = await run.execute(validation);
    await kubectl(['uncordon', name]);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: false });
    expect(await codeOf(run.execute(validation, 2))).toMatchObject({ code: 'TARGET_CHANGED' });
    expect((await read('Node', name)).spec?.unschedulable).toBeUndefined();
    cluster.close();
  });
});
