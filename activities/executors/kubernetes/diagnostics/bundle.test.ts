import type { KubeObject } from '../../../cluster/cluster';
import { digestOf, type Bundle } from './bundle';
import { objectFacts, podFacts } from './facts';

const event = (index: number) => ({
  at: '',
  type: 'Warning',
  reason: 'X',
  object: `Pod ${index}`,
  message: 'm'.repeat(150),
  count: 1,
});
const bundle: Bundle = {
  ...{ object: { kind: 'Deployment', name: 'web' }, owners: [], podCount: 10 },
  pods: Array.from({ length: 10 }, (_, index) => ({ name: `web-${index}`, note: 'n'.repeat(300) })),
  events: Array.from({ length: 100 }, (_, index) => event(index)),
  logs: ['a', 'b'].map((container) => ({
    pod: 'web-0',
    container,
    log: `${`${container}\n`.repeat(4_000)}last ${container}`,
  })),
};

test.each([4_096, 16_384, 32_768])('a digest of %s bytes is no larger, and keeps what matters most', (max) => {
  const digest = digestOf(bundle, max);
  expect(Buffer.byteLength(JSON.stringify(digest))).toBeLessThanOrEqual(max);
  expect(digest).toMatchObject({ cut: true, object: bundle.object, podCount: 10 });
  expect(digest.pods[0]).toEqual(bundle.pods[0]);
});

test('logs keep their ends', () => {
  const { logs } = digestOf(bundle, 32_768);
  expect(logs.map((each) => 'log' in each && each.log.slice(-6))).toEqual(['last a', 'last b']);
});

test('what fits stays whole, and does not say that it was cut', () => {
  expect(digestOf(bundle, 1_000_000)).toEqual(bundle);
});

test('facts hold no environment, and no secret of a message', () => {
  const pod = {
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1' },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', env: [{ name: 'A', value: 'hunter2222' }] }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'False', message: 'token=hunter2222 is wrong' }],
      containerStatuses: [
        {
          ...{ name: 'web', image: 'web:1', ready: false, restartCount: 2 },
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'password=hunter2222' } },
          lastState: { terminated: { reason: 'Error', exitCode: 1, finishedAt: 'then' } },
        },
      ],
    },
  } as unknown as KubeObject;
  const facts = podFacts(pod);
  expect(JSON.stringify(facts)).not.toContain('hunter2222');
  expect(facts).toMatchObject({
    node: 'node-1',
    containers: [
      {
        state: 'waiting: CrashLoopBackOff: password=[redacted]',
        last: 'terminated: Error, exit code 1 at then',
      },
    ],
  });
  expect(objectFacts(pod)).toMatchObject({ conditions: [{ type: 'Ready', status: 'False' }] });
});
