import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import type { JsonObject } from '../../../../plan/json';
import { createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import {
  codeOf,
  connectTestCluster,
  createNode,
  createWorkload,
  deleteNode,
  podsOf,
  read,
  storedWrites,
  suffix,
} from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
/** Two nodes of one label of their own, so that pods have just these to go to. */
const nodes: string[] = [];
const pool = `pool-${suffix()}`;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('migrate');
  for (const zone of [`${pool}-a`, `${pool}-b`]) {
    const { name } = await createNode();
    nodes.push(name);
    await kubectl(['label', 'node', name, `kubernaut.dev/pool=${pool}`, `topology.kubernetes.io/zone=${zone}`]);
  }
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  for (const node of nodes) await deleteNode(node);
});

const podSpec = {
  nodeSelector: { 'kubernaut.dev/pool': pool },
  tolerations: [{ key: 'kubernaut.dev/test', operator: 'Exists' }],
};
const move = (name: string, params: JsonObject) =>
  runAction({
    cluster,
    action: 'migrate_workload',
    target: { kind: 'Deployment', namespace, name },
    params: { stableSeconds: 0.5, ...params },
  });
const placesOf = async (name: string) =>
  (await podsOf(namespace, name))
    .filter((pod) => !pod.metadata.deletionTimestamp)
    .map((pod) => String(pod.spec?.nodeName));

test.each(['nodes', 'zones'] as const)(
  'away from %s: all pods run elsewhere, and the undo takes the affinity away',
  async (by) => {
    const name = `web-${suffix()}`;
    const before = await createWorkload(namespace, name, { replicas: 2, podSpec });
    const [first = ''] = await placesOf(name);
    const other = nodes.find((node) => node !== first);
    const zone = first === nodes[0] ? `${pool}-a` : `${pool}-b`;
    const run = move(name, by === 'nodes' ? { nodes: [first] } : { zones: [zone] });
    const validation = await run.validate();
    const effect = await run.execute(validation);
    expect(await run.execute(validation, 2)).toEqual(effect);
    expect(await storedWrites({ resource: 'deployments', name, namespace })).toHaveLength(1);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await placesOf(name)).toEqual([other, other]);
    expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
    expect((await read('Deployment', name, namespace)).spec).toEqual(before.spec);
  },
);

test('no node left, an unknown node, and zero replicas are said at once', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 0, podSpec });
  const refused = await codeOf(move(name, { nodes: [...nodes, 'no-such-node'] }).validate());
  expect(refused).toMatchObject({ code: 'PRECONDITION_FAILED' });
  expect(refused.message).toMatch(/scaled to zero.*; there is no node no-such-node; no ready, schedulable node/);
  expect(await codeOf(move(name, {}).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
});
