import { KubernautError, type ErrorCode } from '../../../../plan/errors';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { Evictions } from './evictions';

const pod = (uid: string, resourceVersion = '1'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: uid, namespace: 'n', uid, resourceVersion },
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

function start(maxConcurrent = 2) {
  const calls: Array<{ uid: string; resourceVersion?: string }> = [];
  const answers: Array<KubernautError | undefined> = [];
  const abort = new AbortController();
  const time = { now: 0 };
  const ctx = {
    signal: abort.signal,
    clock: { now: () => time.now },
    cluster: {
      evict: async (_: unknown, options: { uid: string; resourceVersion?: string }) => {
        calls.push(options);
        await Promise.resolve();
        const answer = answers.shift();
        if (answer) throw answer;
      },
    },
  } as unknown as ActionContext;
  const evictions = new Evictions(ctx, { maxConcurrent, onChange: () => undefined });
  const refuse = (code: ErrorCode, message = code as string, retryAfterMs?: number) =>
    answers.push(new KubernautError(code, message, { retryAfterMs }));
  return { evictions, calls, abort, time, refuse };
}

test('no more at a time than allowed, and no pod twice', async () => {
  const { evictions, calls } = start(2);
  const pods = ['a', 'b', 'c'].map((uid) => pod(uid));
  evictions.start(pods);
  evictions.start(pods);
  expect(calls).toHaveLength(2);
  await settled();
  evictions.start(pods);
  await settled();
  evictions.start(pods);
  expect(calls.map(({ uid }) => uid)).toEqual(['a', 'b', 'c']);
  expect([...evictions.evicted.keys()]).toEqual(['a', 'b', 'c']);
});

test('a budget is asked again after its Retry-After, or after 5 s', async () => {
  const { evictions, calls, time, refuse } = start();
  refuse('DISRUPTION_BUDGET', 'evict Pod n/a: The disruption budget web needs 2', 7_000);
  refuse('DISRUPTION_BUDGET', 'evict Pod n/b: The disruption budget web needs 2');
  const pods = [pod('a'), pod('b')];
  evictions.start(pods);
  await settled();
  expect(evictions.waitingForBudgets(pods)).toEqual({
    pods: ['n/a', 'n/b'],
    budgets: ['The disruption budget web needs 2'],
  });
  expect(evictions.start(pods)).toBe(5_000);
  time.now = 5_000;
  evictions.start(pods);
  await settled();
  expect(calls.map(({ uid }) => uid)).toEqual(['a', 'b', 'b']);
  time.now = 7_000;
  evictions.start(pods);
  await settled();
  expect(evictions.evicted.size).toBe(2);
  expect(evictions.waitingForBudgets(pods).pods).toEqual([]);
});

test('a conflict is tried again with the newer version only', async () => {
  const { evictions, calls, refuse } = start();
  refuse('CONFLICT');
  evictions.start([pod('a', '1')]);
  await settled();
  expect(evictions.start([pod('a', '1')])).toBe(2_000);
  evictions.start([pod('a', '2')]);
  await settled();
  expect(calls.map(({ resourceVersion }) => resourceVersion)).toEqual(['1', '2']);
});

test('a pod that is gone or replaced is nobody’s failure; a refusal for good stops everything', async () => {
  const { evictions, calls, refuse } = start(1);
  refuse('TARGET_NOT_FOUND');
  evictions.start([pod('a')]);
  await settled();
  expect(evictions.failure).toBeUndefined();
  refuse('FORBIDDEN');
  evictions.start([pod('b')]);
  await settled();
  expect(evictions.failure).toMatchObject({ code: 'FORBIDDEN' });
  evictions.start([pod('c')]);
  expect(calls).toHaveLength(2);
});

test('after an abort nothing new is begun', async () => {
  const { evictions, calls, abort } = start(1);
  evictions.start([pod('a'), pod('b')]);
  abort.abort();
  await evictions.settle();
  evictions.start([pod('b')]);
  expect(calls).toHaveLength(1);
  expect(evictions.evicted.size).toBe(1);
});
