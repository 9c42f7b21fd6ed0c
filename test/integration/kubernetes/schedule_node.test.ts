import { createNamespace, kubectl } from '../../setup';
import { runAction } from './action-context';
import { keepsThePromises } from './conformance';
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

/** `foreignChange` of a boolean can only be the other value, by which nothing is left to undo: here it is written anew. */
async function setAgain(name: string, now: 'cordon' | 'uncordon'): Promise<void> {
  await kubectl([now === 'cordon' ? 'uncordon' : 'cordon', name]);
  await kubectl([now, name]);
}

describe('cordon_node', () => {
  keepsThePromises(
    'cordon_node',
    async () => {
      const name = await node();
      return {
        target: { kind: 'Node', name },
        resource: 'nodes',
        params: {},
        badParams: { unschedulable: true },
        foreignChange: () => setAgain(name, 'cordon'),
        recreate: () => recreateNode(name),
      };
    },
    () => namespace,
  );

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

describe('uncordon_node', () => {
  keepsThePromises(
    'uncordon_node',
    async () => {
      const name = await node();
      await kubectl(['cordon', name]);
      return {
        target: { kind: 'Node', name },
        resource: 'nodes',
        params: {},
        badParams: { force: true },
        // Of an absent field nobody is recorded as the writer, so only a changed stamp tells that it was set anew.
        foreignChange: async () => {
          await setAgain(name, 'uncordon');
          await kubectl(['annotate', 'node', name, 'kubernaut.dev/operation-id=another', '--overwrite']);
        },
        recreate: async () => {
          await recreateNode(name);
          await kubectl(['cordon', name]);
        },
      };
    },
    () => namespace,
  );
});

async function recreateNode(name: string): Promise<void> {
  await kubectl(['delete', 'node', name]);
  await kubectl(['create', '-f', '-'], { input: { apiVersion: 'v1', kind: 'Node', metadata: { name } } });
}
