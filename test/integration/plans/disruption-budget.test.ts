import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { readAudit } from '../../../activities/audit/reader/read-audit';
import { defaultActionSettings } from '../../../config/action-settings';
import { guardSettings, guardsSchema } from '../../../config/sections/guards';
import type { JsonObject } from '../../../plan/json';
import type { PlanGuards, Step } from '../../../plan/model';
import { createNamespace, kubectl } from '../../setup';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { runAction } from '../kubernetes/action-context';
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
} from '../kubernetes/fixtures';

const POOL = 'kubernaut.dev/test-pool';
const nodes: string[] = [];
/** Nodes of tests have taints, so of the cluster's schedulable ones none is taken here: the pool is what they can run out of. */
const disruption = { nodes: { minSchedulable: 1, poolLabels: [POOL] }, workloads: { minHealthyShare: 0.5 } };

let cluster: ConnectedCluster;
let lab: Lab;
let namespace: string;
beforeAll(async () => {
  cluster = connectTestCluster();
  lab = await Lab.open({
    actions: [...kubernetesActions],
    clusters: new Map([['test', cluster]]),
    settingsFor: () => ({ ...defaultActionSettings, disruption }),
    guards: guardSettings(guardsSchema.parse({ cooldown: '1s' })),
  });
  namespace = await createNamespace('budget');
});
afterAll(async () => {
  await lab?.close();
  cluster?.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  await Promise.all(nodes.map(deleteNode));
});

async function pool(size: number): Promise<string[]> {
  const made = await Promise.all(Array.from({ length: size }, async () => (await createNode()).name));
  nodes.push(...made);
  const name = suffix();
  await kubectl(['label', 'nodes', ...made, `${POOL}=${name}`]);
  // One taint for all of them: a dedicated pool.
  await kubectl(['taint', 'nodes', ...made, `kubernaut.dev/test=${name}:NoSchedule`, '--overwrite']);
  return made;
}

const cordon = (name: string): Step => k8sStep(name, 'cordon_node', { kind: 'Node', name }, {});

async function carryOut(steps: Step[], guards: PlanGuards = {}) {
  const { id } = await lab.remediations.start(labPlan(steps, { cluster: 'test', guards }));
  return { id, ...(await lab.remediations.result(id)) };
}

const isCordoned = async (name: string) => (await read('Node', name)).spec?.['unschedulable'] === true;

test('two cordons in a row: the second would take the last node of the pool and is refused, until break-glass', async () => {
  const [first, second] = (await pool(2)) as [string, string];
  expect(await carryOut([cordon(first)])).toMatchObject({ outcome: 'succeeded' });
  const refused = await carryOut([cordon(second)]);
  expect(refused.outcome).not.toBe('succeeded');
  expect(JSON.stringify(refused.problems)).toMatch(/DISRUPTION_LIMIT.*is the last schedulable one of its pool/);
  expect(await isCordoned(second)).toBe(false);
  expect(await storedWrites({ resource: 'nodes', name: second })).toEqual([]);

  const urgent = await carryOut([cordon(second)], { breakGlass: 'the rack burns' });
  expect(urgent).toMatchObject({ outcome: 'succeeded' });
  expect(await isCordoned(second)).toBe(true);
  const audit = JSON.stringify(await readAudit(lab.client, urgent.id));
  expect(audit).toContain('past the disruption budget by break-glass (the rack burns)');
});

test('two plans for the last two nodes of a pool at the same moment: one node stays', async () => {
  const two = await pool(2);
  const outcomes = (await Promise.all(two.map((name) => carryOut([cordon(name)])))).map(({ outcome }) => outcome);
  expect(outcomes.filter((outcome) => outcome === 'succeeded')).toHaveLength(1);
  expect((await Promise.all(two.map(isCordoned))).filter(Boolean)).toHaveLength(1);
});

test('two steps of one plan side by side: the second is refused, and the first taken back', async () => {
  const two = await pool(2);
  const result = await carryOut(two.map((name) => ({ ...cordon(name), dependsOn: [] })));
  expect(result).toMatchObject({ outcome: 'rolled_back' });
  expect(result.steps.map(({ error }) => error?.code)).toContain('DISRUPTION_LIMIT');
  expect((await Promise.all(two.map(isCordoned))).filter(Boolean)).toEqual([]);
});

test('below guards.nodes.minSchedulable nothing is cordoned, drained or tainted', async () => {
  const { items } = JSON.parse(await kubectl(['get', 'nodes', '-o', 'json'])) as {
    items: { metadata: { name: string }; spec: { taints?: unknown; unschedulable?: boolean } }[];
  };
  const open = items.find(({ spec }) => spec.taints === undefined && spec.unschedulable !== true)!;
  const target = { kind: 'Node', name: open.metadata.name };
  const settings = { disruption: { nodes: { minSchedulable: 5000, poolLabels: [] } } };
  // Pods of other tests must not stand in the way of the drain first.
  const wishes: [string, JsonObject][] = [
    ['cordon_node', {}],
    ['drain_node', { deleteEmptyDirData: true, evictUnmanaged: true }],
    ['taint_node', { key: 'kubernaut.dev/budget', effect: 'NoSchedule' }],
  ];
  for (const [action, params] of wishes) {
    const { code, message } = await codeOf(runAction({ cluster, action, target, params, settings }).validate());
    expect([code, message]).toEqual(['DISRUPTION_LIMIT', expect.stringContaining('minSchedulable is 5000')]);
  }
  const soft = { key: 'kubernaut.dev/budget', effect: 'PreferNoSchedule' };
  expect(
    await codeOf(runAction({ cluster, action: 'taint_node', target, params: soft, settings }).validate()),
  ).toMatchObject({
    code: 'none',
  });
});

test('a workload keeps half of its pods ready: the next one is neither restarted, evicted nor deleted', async () => {
  await createWorkload(namespace, 'web', { kind: 'StatefulSet', replicas: 2 });
  await kubectl(['set', 'image', 'statefulset/web', 'web=registry.test/web:broken', '-n', namespace]);
  // OrderedReady: the highest is replaced first, breaks, and the other one stays as it is.
  await kubectl(['wait', 'pod/web-1', '-n', namespace, '--for=condition=Ready=false', '--timeout=30s']);
  const [kept] = (await podsOf(namespace, 'web')).filter(({ metadata }) => metadata.name === 'web-0');
  const target = { kind: 'Pod', namespace, name: 'web-0' };
  for (const action of ['restart_pod', 'evict_pod', 'delete_pod']) {
    const refusal = await codeOf(runAction({ cluster, action, target, settings: { disruption } }).validate());
    expect(refusal).toMatchObject({ code: 'DISRUPTION_LIMIT', message: expect.stringContaining('0 of 2 pods') });
  }
  const broken = { ...target, name: 'web-1' };
  const run = runAction({ cluster, action: 'restart_pod', target: broken, settings: { disruption } });
  expect(await codeOf(run.validate())).toMatchObject({ code: 'none' });
  expect((await read('Pod', 'web-0', namespace)).metadata.uid).toBe(kept!.metadata.uid);
});

test('a workload that is scaled to and fro, or given more resources against fewer pods, is left to a person', async () => {
  const resources = { requests: { cpu: '10m' } };
  const swing = async (name: string, ...wishes: [action: string, params: JsonObject][]) => {
    await createWorkload(namespace, name, { replicas: 2, container: { resources } });
    const results = [];
    for (const [action, params] of wishes) {
      results.push(await carryOut([k8sStep('it', action, { kind: 'Deployment', namespace, name }, params)]));
    }
    return results;
  };
  const scale = (replicas: number): [string, JsonObject] => ['scale_deployment', { replicas }];
  const raise: [string, JsonObject] = ['increase_resources', { cpu: { request: '20m' }, stableSeconds: 0 }];
  const [flapping, against] = await Promise.all([
    swing('flaps', scale(3), scale(2), scale(3)),
    swing('against', scale(1), raise, scale(2), scale(1)),
  ]);
  expect(flapping.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'blocked']);
  expect(flapping[2]!.reason).toContain('the target swings to and fro');
  expect(flapping[2]!.reason).toContain('replicas up, replicas down, replicas up');
  expect(flapping[2]!.problems).toMatchObject([{ code: 'GUARD_REFUSED' }]);
  expect((await read('Deployment', 'flaps', namespace)).spec?.['replicas']).toBe(2);
  expect(await storedWrites({ resource: 'deployments', name: 'flaps', namespace, subresource: '' })).toHaveLength(2);
  // The second scale-up only goes on in the direction of the larger resources; the turn after it is one too many.
  expect(against.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded', 'blocked']);
  expect(against[3]!.reason).toContain('replicas down, resources up, replicas down');
  expect((await read('Deployment', 'against', namespace)).spec?.['replicas']).toBe(2);
});
