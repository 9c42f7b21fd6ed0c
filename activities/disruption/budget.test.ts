import { z } from 'zod';
import { defaultActionSettings } from '../../config/action-settings';
import { errorCatalogue } from '../../plan/errors';
import type { Json, JsonObject } from '../../plan/json';
import type { StepRequest, Validation } from '../../plan/step-io';
import type { KubeObject } from '../cluster/cluster';
import type { ActionContext, ActionDefinition } from '../contract';
import { createExecutor } from '../executor';

const ready: Json = [{ type: 'Ready', status: 'True' }];

function node(name: string, more: { labels?: Record<string, string>; spec?: JsonObject; ready?: boolean } = {}) {
  const conditions: Json = [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }];
  const { labels = {}, spec = {} } = more;
  const metadata = { name, uid: `uid-${name}`, resourceVersion: '1', labels };
  return { apiVersion: 'v1', kind: 'Node', metadata, spec, status: { conditions } };
}

function pod(name: string, of: string | undefined, more: { status?: JsonObject; kind?: string } = {}): KubeObject {
  const { kind = 'ReplicaSet', status = { conditions: ready } } = more;
  const owner = of === undefined ? [] : [{ apiVersion: 'apps/v1', kind, name: of, uid: `uid-${of}`, controller: true }];
  const hash = of?.split('-')[1];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '1', ownerReferences: owner },
      labels: hash ? { 'pod-template-hash': hash } : {},
    },
    status,
  };
}

interface World {
  objects: KubeObject[];
  settings?: object;
  disruption?: ActionDefinition['disruption'];
  diff?: Validation['diff'];
  noEffect?: boolean;
}

/** An executor with one action that only says what it would do, on a cluster of these objects. */
function acting(target: { kind: string; name: string }, world: World) {
  const {
    objects,
    settings,
    disruption = target.kind === 'Node' ? 'node' : 'pod',
    diff = [],
    noEffect = false,
  } = world;
  const found = { ...target, cluster: 'test', namespace: 'shop', uid: `uid-${target.name}` };
  const validation: Validation = { target: found, before: {}, diff, warnings: [], summary: 'act', noEffect };
  const definition = {
    ...{ name: 'take', executor: 'kubernetes', targetKinds: ['Node', 'Pod'], clusterScoped: true, readOnly: false },
    ...{ disruption, params: z.strictObject({}), reversibility: 'reversible' },
    validate: async () => validation,
    execute: async () => ({ changed: true, summary: 'taken', data: {} }),
    verify: async () => ({ verified: true, summary: '', data: {} }),
    rollback: async () => ({ changed: true, summary: 'back', data: {} }),
  } as unknown as ActionDefinition;
  const ctx = {
    clock: { now: () => 1 },
    deadline: 2,
    log: { info: () => undefined, warn: () => undefined },
    settings: settings ? { ...defaultActionSettings, disruption: settings } : defaultActionSettings,
    cluster: {
      list: async ({ kind }: { kind: string }) => ({ items: objects.filter((each) => each.kind === kind) }),
      get: async ({ name }: { name: string }) => objects.find(({ metadata }) => metadata.name === name),
    },
  } as unknown as ActionContext;
  const executor = createExecutor('kubernetes', [], [definition]);
  const step = (more: Partial<StepRequest> = {}): StepRequest => ({
    ...{ operationId: 'remediation/a/1/take', stepId: 'take', action: 'take', cluster: 'test', params: {} },
    ...{ target: { cluster: 'test', ...target }, ...more },
  });
  return {
    validate: (more?: Partial<StepRequest>) => executor.validate(ctx, step(more)),
    execute: (more?: Partial<StepRequest>) => executor.execute(ctx, step(more), validation),
    rollback: () => executor.rollback(ctx, step(), validation),
  };
}

const onNode = (name: string, world: World) => acting({ kind: 'Node', name }, world);
const onPod = (name: string, world: World) => acting({ kind: 'Pod', name }, world);
const nodes = (count: number) => Array.from({ length: count }, (_, n) => node(`n${n + 1}`));

describe('Nodes', () => {
  test('validate and execute refuse to go below three, saying what, how many and the remedy; the undo is exempt', async () => {
    const world = onNode('n1', { objects: nodes(3) });
    const refusal = {
      code: 'DISRUPTION_LIMIT',
      message: 'take: without node n1 2 schedulable nodes would be left of 3; guards.nodes.minSchedulable is 3',
    };
    await expect(world.validate()).rejects.toMatchObject(refusal);
    await expect(world.execute()).rejects.toMatchObject(refusal);
    expect(errorCatalogue.DISRUPTION_LIMIT.remedy).toContain('guards.nodes');
    await expect(world.rollback()).resolves.toMatchObject({ summary: 'back' });
    await expect(world.execute({ undo: true })).resolves.toMatchObject({ summary: 'taken' });
    await expect(onNode('n1', { objects: nodes(4) }).execute()).resolves.toMatchObject({ changed: true });
  });

  test('break-glass passes it and is named in preview and effect', async () => {
    const world = onNode('n1', { objects: nodes(1) });
    const more = { breakGlass: 'the rack burns' };
    const said = 'past the disruption budget by break-glass (the rack burns): node n1 is the last schedulable one';
    expect((await world.validate(more)).warnings).toEqual([expect.stringContaining(said)]);
    expect((await world.execute(more)).summary).toContain(`taken, ${said}`);
  });

  test('cordoned, tainted and unready nodes are none that would be left, and none that would be lost', async () => {
    const out = [
      node('cordoned', { spec: { unschedulable: true } }),
      node('tainted', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }),
      node('down', { ready: false }),
    ];
    const objects = [
      ...nodes(3),
      ...out,
      node('preferred', { spec: { taints: [{ key: 'a', effect: 'PreferNoSchedule' }] } }),
    ];
    await expect(onNode('n1', { objects }).execute()).resolves.toBeDefined();
    await expect(onNode('n1', { objects: objects.slice(0, 6) }).execute()).rejects.toMatchObject({
      code: 'DISRUPTION_LIMIT',
    });
    for (const { metadata } of out)
      await expect(onNode(metadata.name, { objects: out }).execute()).resolves.toBeDefined();
  });

  test('the last node of a pool stays, also of a pool that is tainted as a whole', async () => {
    const gpu = (name: string, spec: JsonObject = {}) =>
      node(name, {
        labels: { 'cloud.google.com/gke-nodepool': 'gpu' },
        spec: { ...spec, taints: [{ key: 'gpu', effect: 'NoSchedule' }, ...((spec['taints'] as Json[]) ?? [])] },
      });
    const two = [...nodes(5), gpu('g1'), gpu('g2')];
    await expect(onNode('g1', { objects: two }).execute()).resolves.toBeDefined();
    const spoilt: JsonObject[] = [{ unschedulable: true }, { taints: [{ key: 'disk', effect: 'NoExecute' }] }];
    for (const spec of spoilt) {
      await expect(onNode('g1', { objects: [...nodes(5), gpu('g1'), gpu('g2', spec)] }).execute()).rejects.toThrow(
        'node g1 is the last schedulable one of its pool gpu (label cloud.google.com/gke-nodepool)',
      );
    }
  });

  test('of a pool the share that the settings say stays in service, however many nodes other pools have', async () => {
    const gpu = (name: string, spec: JsonObject = {}) => node(name, { labels: { pool: 'gpu' }, spec });
    const settings = { nodes: { minSchedulable: 1, minPoolShare: 0.5, poolLabels: ['pool'] } };
    const world = (spec: JsonObject) => ({
      objects: [...nodes(9), gpu('g1'), gpu('g2', spec), gpu('g3')],
      settings,
    });
    await expect(onNode('g1', world({})).execute()).resolves.toBeDefined();
    const refusal = onNode('g1', world({ unschedulable: true }));
    await expect(refusal.execute()).rejects.toMatchObject({
      code: 'DISRUPTION_LIMIT',
      message:
        'take: without node g1 1 of 3 nodes of its pool gpu (label pool) would be in service, 2 must be; guards.nodes.minPoolShare is 0.5',
    });
    await expect(onNode('n1', world({ unschedulable: true })).execute()).resolves.toBeDefined();
    await expect(refusal.rollback()).resolves.toMatchObject({ summary: 'back' });
  });

  test('a taint that the scheduler may disregard, a preview that changes nothing, and settings that ask nothing pass', async () => {
    const objects = nodes(1);
    const diff = [{ path: '/spec/taints/a:PreferNoSchedule', after: 'a:PreferNoSchedule' }];
    await expect(onNode('n1', { objects, diff }).execute()).resolves.toBeDefined();
    await expect(onNode('n1', { objects, noEffect: true }).validate()).resolves.toBeDefined();
    await expect(onNode('n1', { objects, settings: {} }).execute()).resolves.toBeDefined();
    await expect(onNode('n1', { objects, disruption: 'none' }).execute()).resolves.toBeDefined();
  });
});

describe('Workloads', () => {
  const down = { status: { conditions: [{ type: 'Ready', status: 'False' }] } };

  test('a pod is not taken when too few of its workload would be ready, all its ReplicaSets counted', async () => {
    const objects = [pod('a', 'web-1'), pod('b', 'web-1'), pod('c', 'web-2', down), pod('x', 'api-1')];
    await expect(onPod('a', { objects }).execute()).rejects.toMatchObject({
      code: 'DISRUPTION_LIMIT',
      message:
        'take: without pod shop/a 1 of 3 pods of Deployment web would be ready, 2 must be; guards.workloads.minHealthyShare is 0.5',
    });
    await expect(onPod('c', { objects }).execute()).resolves.toBeDefined();
    await expect(onPod('x', { objects }).execute()).resolves.toBeDefined();
    await expect(onPod('a', { objects: [...objects, pod('d', 'web-2')] }).execute()).resolves.toBeDefined();
  });

  test('a StatefulSet misses its terminating pod, a Deployment has its new one beside it', async () => {
    const ending = (name: string, of: string, kind: string) => {
      const made = pod(name, of, { kind });
      return { ...made, metadata: { ...made.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    };
    const set = [pod('db-0', 'db', { kind: 'StatefulSet' }), ending('db-1', 'db', 'StatefulSet')];
    await expect(onPod('db-0', { objects: set }).execute()).rejects.toThrow(
      '0 of 2 pods of StatefulSet db would be ready',
    );
    const web = [pod('a', 'web-1'), pod('b', 'web-1'), ending('c', 'web-1', 'ReplicaSet')];
    await expect(onPod('a', { objects: web }).execute()).resolves.toBeDefined();
  });

  test('nothing is asked of single pods, bare pods and jobs', async () => {
    const job = { kind: 'Job' };
    const objects = [
      pod('one', 'web-1'),
      pod('bare', undefined),
      pod('j1', 'job', job),
      pod('j2', 'job', { ...job, ...down }),
    ];
    for (const name of ['one', 'bare', 'j1']) await expect(onPod(name, { objects }).execute()).resolves.toBeDefined();
  });
});
