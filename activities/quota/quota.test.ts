import type { JsonObject } from '../../plan/json';
import type { KubeObject } from '../cluster/cluster';
import { formatQuantity } from '../executors/kubernetes/quantity';
import { demandOf } from './headroom';
import { defaultsOf, outOfRange } from './limit-ranges';
import { noDefaults, podNeeds } from './pod-needs';
import { judgeQuotas } from './quota-check';

function object(kind: string, name: string, more: { spec?: JsonObject; status?: JsonObject }): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1' }, ...more };
}

function quota(hard: JsonObject, used: JsonObject = {}, spec: JsonObject = {}): KubeObject {
  return object('ResourceQuota', 'q', { spec: { hard, ...spec }, status: { used } });
}

function container(resources: JsonObject, name = 'web'): JsonObject {
  return { name, resources };
}

function deployment(replicas: number, resources: JsonObject, spec: JsonObject = {}): KubeObject {
  const template = { spec: { containers: [container(resources)] } };
  return object('Deployment', 'web', { spec: { replicas, template, ...spec } });
}

const cpu = (request: string) => ({ requests: { cpu: request } });

function judge(quotas: KubeObject[], now: KubeObject, then: KubeObject) {
  return judgeQuotas(quotas, demandOf(now, then, noDefaults));
}

describe('What a pod needs', () => {
  const told = (spec: JsonObject, defaults = noDefaults) => {
    const { requests, limits } = podNeeds(spec, defaults);
    const texts = (amounts: typeof requests) =>
      Object.fromEntries([...amounts].map(([name, amount]) => [name, formatQuantity(amount)]));
    return { requests: texts(requests), limits: texts(limits) };
  };

  test('containers and sidecars are summed, of init containers only the largest counts, and overhead comes on top', () => {
    const spec = {
      containers: [container(cpu('200m')), container({ limits: { cpu: '300m' } })],
      initContainers: [
        container(cpu('900m')),
        { ...container(cpu('100m')), restartPolicy: 'Always' },
        container(cpu('100m')),
      ],
      overhead: { cpu: '10m' },
    };
    expect(told(spec)).toEqual({ requests: { cpu: '910m' }, limits: { cpu: '310m' } });
  });

  test('a container that says nothing gets what the LimitRange gives', () => {
    const limits = [
      { type: 'Container', default: { memory: '256Mi' }, defaultRequest: { memory: '128Mi', cpu: '50m' } },
    ];
    const ranges = [object('LimitRange', 'r', { spec: { limits } })];
    const spec = { containers: [container({ limits: { cpu: '1' } }), container({})] };
    expect(told(spec, defaultsOf(ranges))).toEqual({
      requests: { memory: '256Mi', cpu: '1050m' },
      limits: { memory: '512Mi', cpu: '1' },
    });
  });
});

describe('Quotas', () => {
  test('a scale-up that what is left does not carry is a warning with the figures', () => {
    const quotas = [quota({ 'requests.cpu': '1', pods: '20' }, { 'requests.cpu': '800m', pods: '4' })];
    expect(judge(quotas, deployment(2, cpu('200m')), deployment(4, cpu('200m')))).toEqual({
      problems: [],
      warnings: ['quota shop/q leaves 200m of 1 requests.cpu: 400m more would be needed'],
    });
    expect(judge(quotas, deployment(2, cpu('200m')), deployment(3, cpu('200m')))).toEqual({
      problems: [],
      warnings: [],
    });
  });

  test('what the quota would never carry is a problem', () => {
    const { problems } = judge(
      [quota({ cpu: '1', pods: '3' })],
      deployment(2, cpu('200m')),
      deployment(6, cpu('200m')),
    );
    expect(problems).toEqual([
      'quota shop/q allows 1 cpu in all: 6 pods need 1200m',
      'quota shop/q allows 3 pods in all: 6 pods need 6',
    ]);
  });

  test('less is never in the way, however full the quota is', () => {
    const full = [quota({ 'requests.cpu': '1', pods: '3' }, { 'requests.cpu': '4', pods: '20' })];
    expect(judge(full, deployment(20, cpu('200m')), deployment(10, cpu('200m')))).toEqual({
      problems: [],
      warnings: [],
    });
  });

  test('pods that do not state what the quota counts are none that could be created', () => {
    const { problems } = judge([quota({ 'limits.memory': '1Gi' })], deployment(1, {}), deployment(2, {}));
    expect(problems).toEqual([
      'quota shop/q counts limits.memory, which container web does not state: no pod can be created',
    ]);
  });

  test('a rollout that may not take an old pod first needs room for one more', () => {
    const left = [quota({ 'requests.cpu': '1' }, { 'requests.cpu': '900m' })];
    const [now, then] = [deployment(2, cpu('200m')), deployment(2, { ...cpu('200m'), limits: { memory: '1Gi' } })];
    expect(judge(left, now, then).warnings).toHaveLength(1);
    const recreate = { strategy: { type: 'Recreate' } };
    const [old, next] = [now, then].map((each) => ({ ...each, spec: { ...each.spec, ...recreate } }));
    expect(judge(left, old!, next!).warnings).toEqual([]);
  });

  test.each([
    ['BestEffort', {}, 1],
    ['BestEffort', cpu('1m'), 0],
    ['NotBestEffort', cpu('1m'), 1],
    ['Terminating', {}, 0],
    ['NotTerminating', {}, 1],
  ])('with scope %s and resources %j it counts the pods %i times', (scope, resources, times) => {
    const quotas = [quota({ pods: '1' }, {}, { scopes: [scope] })];
    expect(judge(quotas, deployment(1, resources), deployment(2, resources)).problems).toHaveLength(times);
  });

  test('of a quota that may not count them nothing is certain', () => {
    const scopeSelector = { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] };
    const quotas = [quota({ pods: '1' }, {}, { scopeSelector })];
    const { problems, warnings } = judge(quotas, deployment(1, {}), deployment(2, {}));
    expect([problems, warnings]).toEqual([[], [expect.stringContaining('if the quota counts them')]]);
  });

  test('claims and objects are not what pods count for', () => {
    const quotas = [quota({ 'requests.storage': '1Gi', 'count/secrets': '0', services: '0' })];
    expect(judge(quotas, deployment(1, {}), deployment(9, {}))).toEqual({ problems: [], warnings: [] });
  });
});

test('a LimitRange refuses what is larger or smaller than it allows', () => {
  const limits: JsonObject[] = [
    { type: 'Container', max: { memory: '1Gi' }, min: { cpu: '100m' } },
    { type: 'Pod', max: { memory: '2Gi' } },
    { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } },
  ];
  const ranges = [object('LimitRange', 'r', { spec: { limits } })];
  const needs = podNeeds({ containers: [container({ limits: { memory: '3Gi', cpu: '50m' } })] }, noDefaults);
  expect(outOfRange(ranges, needs)).toEqual([
    'container web would have 3Gi memory, LimitRange r allows 1Gi',
    'container web would have 50m cpu, LimitRange r asks for at least 100m',
    'each pod would have 3Gi memory, LimitRange r allows 2Gi',
  ]);
});
