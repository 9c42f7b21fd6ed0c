import type { KubeObject } from '../../../cluster/cluster';
import { budgetHeadroom } from '../drain/drain-preview';
import { drainList, drainVerdict, type DrainRules } from './drain-filters';

const strict: DrainRules = { evictUnmanaged: false, deleteEmptyDirData: false };
const lax: DrainRules = { evictUnmanaged: true, deleteEmptyDirData: true };

interface Shape {
  owner?: string;
  phase?: string;
  emptyDir?: boolean;
  mirror?: boolean;
  terminating?: boolean;
}

function pod({ owner, phase = 'Running', emptyDir, mirror, terminating }: Shape): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      labels: { app: 'web' },
      ...(terminating && { deletionTimestamp: 'now' }),
      ...(mirror && { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
      ...(owner && { ownerReferences: [{ apiVersion: 'v1', kind: owner, name: 'o', uid: 'o', controller: true }] }),
    },
    spec: { volumes: emptyDir ? [{ name: 'cache', emptyDir: {} }] : [] },
    status: { phase },
  };
}

test.each<[string, Shape, string, string]>([
  ['a managed pod', { owner: 'ReplicaSet' }, 'evict', 'evict'],
  ['an unmanaged pod', {}, 'refuse', 'evict'],
  ['a pod with scratch data', { owner: 'ReplicaSet', emptyDir: true }, 'refuse', 'evict'],
  ['a finished unmanaged pod with scratch data', { phase: 'Succeeded', emptyDir: true }, 'evict', 'evict'],
  ['a pod of a DaemonSet', { owner: 'DaemonSet', emptyDir: true }, 'skip', 'skip'],
  ['a static pod', { mirror: true }, 'skip', 'skip'],
  ['a finished static pod', { mirror: true, phase: 'Failed' }, 'skip', 'skip'],
  ['a terminating pod', { terminating: true }, 'leaving', 'leaving'],
])('%s', (_, shape, whenStrict, whenLax) => {
  expect(drainVerdict(pod(shape), strict).is).toBe(whenStrict);
  expect(drainVerdict(pod(shape), lax).is).toBe(whenLax);
});

test('refusals name the pod and the parameter that would override them', () => {
  const { refused } = drainList([pod({}), pod({ owner: 'ReplicaSet', emptyDir: true })], strict);
  expect(refused).toEqual([
    'shop/p has no controller that would create it again (evictUnmanaged)',
    'shop/p would lose its emptyDir data: cache (deleteEmptyDirData)',
  ]);
});

test('a terminating pod of a DaemonSet is not waited for: its successor comes right back', () => {
  expect(drainList([pod({ owner: 'DaemonSet', terminating: true })], strict).leaving).toEqual([]);
});

describe('budgets', () => {
  const budget = (name: string, allowed: number, selector: object = { matchLabels: { app: 'web' } }): KubeObject =>
    ({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1' },
      spec: { selector },
      status: { disruptionsAllowed: allowed },
    }) as KubeObject;
  const web = pod({ owner: 'ReplicaSet' });

  test('two budgets on one pod are a problem, since no eviction ever passes', () => {
    expect(budgetHeadroom([web], [budget('a', 1), budget('b', 1)]).problems[0]).toContain('2 budgets (a and b)');
  });

  test('less headroom than pods is a warning; enough, another namespace or finished pods are none', () => {
    expect(budgetHeadroom([web, pod({ owner: 'ReplicaSet' })], [budget('a', 1)]).warnings[0]).toContain(
      'allows 1 disruptions now, 2 of its pods',
    );
    expect(budgetHeadroom([web], [budget('a', 1)]).warnings).toEqual([]);
    expect(budgetHeadroom([pod({ phase: 'Succeeded' })], [budget('a', 0)]).warnings).toEqual([]);
    const elsewhere = budget('a', 0);
    elsewhere.metadata.namespace = 'other';
    expect(budgetHeadroom([web], [elsewhere]).warnings).toEqual([]);
  });

  test('match expressions count, an empty selector selects all', () => {
    const selected = (selector: object) => budgetHeadroom([web], [budget('a', 0, selector)]).warnings.length === 1;
    expect(selected({})).toBe(true);
    expect(selected({ matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'api'] }] })).toBe(true);
    expect(selected({ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] })).toBe(false);
    expect(selected({ matchExpressions: [{ key: 'tier', operator: 'Exists' }] })).toBe(false);
    expect(selected({ matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] })).toBe(true);
  });
});
