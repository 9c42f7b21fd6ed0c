import { auditEvents, kubectl, waitFor } from '../../../setup';
import { createWorkload, deleteNode, podsOf, read, suffix, workload } from '../../kubernetes/fixtures';
import type { Place, Scenario } from './scenario';
import { allReady } from './workloads';

/** Nodes that only pods with this spec get on, and that they can move among. */
async function createPool({ defer }: Place, count: number) {
  const pool = `pool-${suffix()}`;
  const names = Array.from({ length: count }, (_, n) => `${pool}-${n}`);
  await kubectl(['create', '-f', '-'], {
    input: {
      ...{ apiVersion: 'v1', kind: 'List' },
      items: names.map((name) => ({
        ...{ apiVersion: 'v1', kind: 'Node' },
        metadata: {
          name,
          annotations: { 'kwok.x-k8s.io/node': 'fake' },
          labels: { 'kubernetes.io/hostname': name, 'kubernaut.dev/pool': pool },
        },
        spec: { taints: [{ key: 'kubernaut.dev/test', value: pool, effect: 'NoSchedule' }] },
      })),
    },
  });
  defer(() => Promise.all(names.map(deleteNode)));
  await kubectl(['wait', '--for=condition=Ready', '--timeout=30s', ...names.map((name) => `node/${name}`)]);
  const tolerations = [{ key: 'kubernaut.dev/test', operator: 'Exists' }];
  return { names, podSpec: { nodeSelector: { 'kubernaut.dev/pool': pool }, tolerations } };
}

const nodesOf = async ({ namespace, name }: Place) =>
  (await podsOf(namespace, name)).map(({ spec }) => String(spec?.nodeName));
const isCordoned = async (node: string) => (await read('Node', node)).spec?.unschedulable === true;

const podsSpread = (replicas: number, podSpec: object) => ({
  replicas,
  podSpec: {
    ...podSpec,
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
    ],
  },
});

const budget = ({ namespace, name }: Place, minAvailable: number) =>
  kubectl(['create', 'pdb', name, `--selector=app=${name}`, `--min-available=${minAvailable}`, '-n', namespace]);

const budgetCounted = ({ namespace, name }: Place) =>
  waitFor(
    () => read('PodDisruptionBudget', name, namespace),
    ({ metadata, status }) =>
      status?.observedGeneration === metadata.generation && (status?.currentHealthy as number) > 0,
    { timeout: 30_000 },
  );

const budgetBlocksDrain: Scenario = {
  title: 'a disruption budget that lets no pod go from a node that is to be drained',
  playbook: 'budget-blocks-drain',
  async stage(place) {
    const { namespace, name } = place;
    const { names, podSpec } = await createPool(place, 2);
    await createWorkload(namespace, name, podsSpread(4, podSpec));
    await budget(place, 4);
    await budgetCounted(place);
    const node = names[0]!;
    const leaving = (await podsOf(namespace, name)).filter(({ spec }) => spec?.nodeName === node);
    expect(leaving.length).toBeGreaterThan(0);
    return {
      alerts: [{ alertname: 'KubePodDisruptionBudgetAtLimit', namespace, poddisruptionbudget: name, node }],
      async healthy() {
        await allReady(place, 4);
        expect(await nodesOf(place)).not.toContain(node);
        expect(await isCordoned(node)).toBe(true);
        expect((await read('PodDisruptionBudget', name, namespace)).spec).toMatchObject({ minAvailable: 4 });
      },
      async ended() {
        for (const { metadata } of leaving) {
          const evicted = await auditEvents({
            resource: 'pods',
            name: metadata.name,
            namespace,
            subresource: 'eviction',
          });
          expect(evicted.filter(({ responseStatus }) => (responseStatus?.code ?? 0) < 300)).toHaveLength(1);
        }
      },
    };
  },
};

/** Whoever drains is the test: it evicts one pod as soon as the budget lets it. */
const budgetDeadlock: Scenario = {
  title: 'a disruption budget that lets no pod go, and somebody else drains',
  playbook: 'budget-deadlock',
  async stage(place) {
    const { namespace, name } = place;
    await createWorkload(namespace, name);
    await budget(place, 2);
    await budgetCounted(place);
    const [pod] = await podsOf(namespace, name);
    const eviction = {
      ...{ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name: pod!.metadata.name } },
      deleteOptions: { preconditions: { uid: pod!.metadata.uid } },
    };
    const path = `/api/v1/namespaces/${namespace}/pods/${pod!.metadata.name}/eviction`;
    const evict = () => kubectl(['create', '--raw', path, '-f', '-'], { input: eviction });
    await expect(evict()).rejects.toThrow(/budget/);
    return {
      alerts: [{ alertname: 'KubePodDisruptionBudgetAtLimit', namespace, poddisruptionbudget: name }],
      play: () => waitFor(evict, () => true, { timeout: 60_000, what: 'the eviction' }),
      async healthy() {
        expect((await allReady(place, 2)).map(({ metadata }) => metadata.uid)).not.toContain(pod!.metadata.uid);
        expect((await read('PodDisruptionBudget', name, namespace)).spec).toMatchObject({ minAvailable: 2 });
      },
    };
  },
};

const taintLeftBehind: Scenario = {
  title: 'pods pending on the taint of a maintenance that is over',
  playbook: 'taint-left-behind',
  async stage(place) {
    const { namespace, name } = place;
    const { names, podSpec } = await createPool(place, 1);
    const node = names[0]!;
    await kubectl(['taint', 'node', node, 'example.com/maintenance=disk:NoSchedule']);
    await kubectl(['create', '-f', '-'], { input: workload(namespace, name, { podSpec }) });
    const [pod] = await waitFor(
      () => podsOf(namespace, name),
      (pods) => pods.length === 2 && pods.every(({ status }) => status?.phase === 'Pending'),
    );
    const labels = { pod: pod!.metadata.name, node, key: 'example.com/maintenance' };
    return {
      alerts: [{ alertname: 'KubePodNotScheduled', namespace, ...labels }],
      async healthy() {
        await allReady(place, 2);
        const taints = ((await read('Node', node)).spec?.taints ?? []) as { key: string }[];
        expect(taints.map(({ key }) => key)).toEqual(['kubernaut.dev/test']);
      },
    };
  },
};

/** The kubelet comes back once its pods have left: only then does the alert resolve. */
const nodeNotReady: Scenario = {
  title: 'a silent kubelet',
  playbook: 'node-not-ready',
  async stage(place) {
    const { namespace, name } = place;
    const { names, podSpec } = await createPool(place, 2);
    await createWorkload(namespace, name, podsSpread(4, podSpec));
    await budget(place, 3);
    await budgetCounted(place);
    const node = names[0]!;
    await kubectl(['annotate', 'node', node, 'kubernaut.dev/test-not-ready=true']);
    await kubectl(['wait', '--for=condition=Ready=false', '--timeout=30s', `node/${node}`]);
    const elsewhere = async () => {
      await allReady(place, 4);
      expect(await nodesOf(place)).not.toContain(node);
      expect(await isCordoned(node)).toBe(true);
    };
    return {
      alerts: [{ alertname: 'KubeNodeNotReady', node }],
      async play() {
        await waitFor(
          () => nodesOf(place),
          (nodes) => !nodes.includes(node),
          { timeout: 60_000 },
        );
        await kubectl(['annotate', 'node', node, 'kubernaut.dev/test-not-ready-']);
      },
      healthy: elsewhere,
    };
  },
};

const nodeUnderPressure: Scenario = {
  title: 'a node under pressure',
  playbook: 'node-under-pressure',
  async stage(place) {
    const { names } = await createPool(place, 1);
    const node = names[0]!;
    return {
      alerts: [{ alertname: 'KubeNodePressure', node, condition: 'MemoryPressure' }],
      healthy: async () => expect(await isCordoned(node)).toBe(true),
    };
  },
};

const cordonLeftBehind: Scenario = {
  title: 'a node that was left cordoned',
  playbook: 'cordon-left-behind',
  async stage(place) {
    const { names } = await createPool(place, 1);
    const node = names[0]!;
    await kubectl(['cordon', node]);
    return {
      alerts: [{ alertname: 'KubeNodeUnschedulable', node }],
      healthy: async () => expect(await isCordoned(node)).toBe(false),
    };
  },
};

export const nodeScenarios: readonly Scenario[] = [
  budgetBlocksDrain,
  budgetDeadlock,
  taintLeftBehind,
  nodeNotReady,
  nodeUnderPressure,
  cordonLeftBehind,
];
