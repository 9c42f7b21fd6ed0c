import type { KubeObject } from '../../../cluster/cluster';
import { deploymentFailure } from './deployment-conditions';
import { StabilityWindow } from './stability';
import { cannotRoll, rolloutState } from './workload';

const workload = (kind: string, spec: object, status: object): KubeObject =>
  ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'w', uid: 'w', resourceVersion: '1', generation: 2 },
    spec,
    status: { observedGeneration: 2, ...status },
  }) as KubeObject;

test.each<[string, KubeObject, string]>([
  [
    'an older generation',
    workload(
      'Deployment',
      { replicas: 1 },
      { observedGeneration: 1, updatedReplicas: 1, replicas: 1, availableReplicas: 1 },
    ),
    'going',
  ],
  [
    'all updated and available',
    workload('Deployment', { replicas: 2 }, { updatedReplicas: 2, replicas: 2, availableReplicas: 2 }),
    'complete',
  ],
  [
    'old pods left',
    workload('Deployment', { replicas: 2 }, { updatedReplicas: 2, replicas: 3, availableReplicas: 2 }),
    'going',
  ],
  ['none available', workload('Deployment', { replicas: 2 }, { updatedReplicas: 2, replicas: 2 }), 'going'],
  [
    'a deadline exceeded',
    workload(
      'Deployment',
      { replicas: 2 },
      { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
    ),
    'stuck',
  ],
  ['a paused rollout', workload('Deployment', { replicas: 2, paused: true }, { updatedReplicas: 2 }), 'stuck'],
  ['zero replicas', workload('Deployment', { replicas: 0 }, {}), 'complete'],
  [
    'a set on its way',
    workload(
      'StatefulSet',
      { replicas: 2 },
      { updateRevision: 'b', currentRevision: 'a', updatedReplicas: 1, readyReplicas: 2 },
    ),
    'going',
  ],
  [
    'a set that is done',
    workload(
      'StatefulSet',
      { replicas: 2 },
      { updateRevision: 'b', currentRevision: 'b', replicas: 2, readyReplicas: 2, updatedReplicas: 2 },
    ),
    'complete',
  ],
  [
    'a set whose half-done rollout was taken back, with one pod of it left',
    workload(
      'StatefulSet',
      { replicas: 2 },
      { updateRevision: 'a', currentRevision: 'a', replicas: 2, readyReplicas: 2, updatedReplicas: 1 },
    ),
    'going',
  ],
  [
    'daemons half way',
    workload('DaemonSet', {}, { desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 }),
    'going',
  ],
  [
    'daemons done',
    workload('DaemonSet', {}, { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }),
    'complete',
  ],
])('%s', (_, object, expected) => expect(rolloutState(object).is).toBe(expected));

test('what keeps a new template from the pods', () => {
  expect(cannotRoll(workload('Deployment', { paused: true }, {}))).toContain('paused');
  expect(cannotRoll(workload('StatefulSet', { updateStrategy: { type: 'OnDelete' } }, {}))).toContain('OnDelete');
  expect(cannotRoll(workload('StatefulSet', { updateStrategy: { rollingUpdate: { partition: 1 } } }, {}))).toContain(
    'partition',
  );
  expect(
    cannotRoll(workload('StatefulSet', { updateStrategy: { rollingUpdate: { partition: 0 } } }, {})),
  ).toBeUndefined();
});

test('a quota that refuses pods is a failure, a passing creation error is none', () => {
  const failing = (message: string) =>
    workload('Deployment', {}, { conditions: [{ type: 'ReplicaFailure', status: 'True', message }] });
  expect(deploymentFailure(failing('pods "x" is forbidden: exceeded quota: q'))).toContain('exceeded quota');
  expect(deploymentFailure(failing('etcdserver: request timed out'))).toBeUndefined();
});

describe('the stability window', () => {
  const pod = (uid: string, restarts: number, ready = true): KubeObject =>
    ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: uid, namespace: 'n', uid, resourceVersion: '1' },
      status: {
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
        containerStatuses: [
          { restartCount: restarts, state: ready ? {} : { waiting: { reason: 'CrashLoopBackOff' } } },
        ],
      },
    }) as unknown as KubeObject;

  function window(ms = 3_000) {
    let now = 0;
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    const stability = new StabilityWindow(clock, ms);
    return (at: number, ...pods: KubeObject[]) => {
      now = at;
      return stability.look(pods);
    };
  }

  test('passes only after the whole window', () => {
    const look = window();
    expect(look(0, pod('a', 5))).toEqual({ is: 'settling', leftMs: 3_000 });
    expect(look(2_999, pod('a', 5)).is).toBe('settling');
    expect(look(3_000, pod('a', 5)).is).toBe('stable');
  });

  test('begins anew with a restart, another pod, or a moment of unreadiness', () => {
    const disturbances = [
      { during: pod('a', 1), after: pod('a', 1) },
      { during: pod('b', 0), after: pod('b', 0) },
      { during: pod('a', 0, false), after: pod('a', 0) },
    ];
    for (const { during, after } of disturbances) {
      const look = window();
      look(0, pod('a', 0));
      look(2_000, during);
      expect(look(4_900, after).is).toBe('settling');
      expect(look(8_000, after).is).toBe('stable');
    }
  });

  test('calls it crashing after three restarts under its eyes, however ready the pod is at the moment', () => {
    const look = window();
    look(0, pod('a', 7));
    expect(look(1_000, pod('a', 9)).is).toBe('settling');
    expect(look(2_000, pod('a', 10))).toMatchObject({
      is: 'crashing',
      reason: expect.stringContaining('restarted 3 times'),
    });
  });
});
