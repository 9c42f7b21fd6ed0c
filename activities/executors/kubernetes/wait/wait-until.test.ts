import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../clock';
import { KubernautError } from '../../../../plan/errors';
import type { Cluster, KubeObject, WatchEvent } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { waitUntil } from './wait-until';

const object = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name, uid: name, resourceVersion: '1' },
});
const query = [{ kind: 'X' }];

/** A cluster of one kind, whose watch is fed by the test. */
class FakeCluster {
  objects: KubeObject[] = [];
  lists = 0;
  watches = 0;
  failLists: Error[] = [];
  private feed: (event: WatchEvent | undefined) => void = () => undefined;

  list() {
    this.lists += 1;
    const failure = this.failLists.shift();
    return failure ? Promise.reject(failure) : Promise.resolve({ items: [...this.objects], resourceVersion: '1' });
  }

  async *watch(_: unknown, { signal }: { signal: AbortSignal }): AsyncIterable<WatchEvent> {
    this.watches += 1;
    const queue: Array<WatchEvent | undefined> = [];
    let wake = () => {};
    this.feed = (event) => {
      queue.push(event);
      wake();
    };
    signal.addEventListener('abort', () => this.feed(undefined));
    for (;;) {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const event = queue.shift();
      if (!event) return;
      yield event;
    }
  }

  emit(type: WatchEvent['type'], each: KubeObject) {
    this.feed({ type, object: each });
  }
  end() {
    this.feed(undefined);
  }
}

function start(deadlineMs = 5_000) {
  const cluster = new FakeCluster();
  const abort = new AbortController();
  const progress: string[] = [];
  const ctx = {
    cluster: cluster as unknown as Cluster,
    clock: systemClock,
    signal: abort.signal,
    deadline: Date.now() + deadlineMs,
    progress: (message: string) => progress.push(message),
  } as unknown as ActionContext;
  return { cluster, abort, progress, ctx };
}

const untilCount = (wished: number) => ({
  what: 'objects',
  queries: query,
  evaluate: ([items = []]: KubeObject[][]) =>
    items.length === wished
      ? ({ state: 'met', value: items.length } as const)
      : ({ state: 'waiting', reason: `${items.length} of ${wished}` } as const),
});

test('is woken by events, and says in between what it waits for', async () => {
  const { cluster, ctx, progress } = start();
  const waiting = waitUntil(ctx, untilCount(2));
  await sleep(30);
  cluster.emit('ADDED', object('a'));
  await sleep(30);
  cluster.emit('ADDED', object('b'));
  expect(await waiting).toEqual({ met: true, value: 2 });
  expect(progress).toEqual(['reading the cluster', '0 of 2', '1 of 2']);
  expect(cluster.lists).toBe(1);
});

test('lists again when the watch ends, and forgets what is gone by then', async () => {
  const { cluster, ctx } = start();
  cluster.objects = [object('a'), object('b')];
  const waiting = waitUntil(ctx, untilCount(1));
  await sleep(30);
  cluster.objects = [object('b')];
  cluster.end();
  expect(await waiting).toEqual({ met: true, value: 1 });
  expect(cluster.lists).toBe(2);
});

test('beats while nothing happens', async () => {
  const { ctx, progress } = start(4_800);
  await expect(waitUntil(ctx, untilCount(1))).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: 'objects: 0 of 1',
  });
  expect(progress.filter((each) => each === '0 of 1').length).toBeGreaterThanOrEqual(3);
});

test('looks again when asked to, although nothing changes', async () => {
  const { ctx } = start();
  const at = Date.now();
  const result = await waitUntil(ctx, {
    what: 'time',
    queries: query,
    evaluate: () =>
      Date.now() - at > 100 ? { state: 'met', value: 1 } : { state: 'waiting', reason: 'time', recheckInMs: 110 },
  });
  expect(result.met).toBe(true);
  expect(Date.now() - at).toBeLessThan(1_000);
});

test('ends early on failure, at once on cancel, and leaves no watch behind', async () => {
  const failed = start();
  expect(
    await waitUntil(failed.ctx, { what: 'x', queries: query, evaluate: () => ({ state: 'failed', reason: 'never' }) }),
  ).toEqual({ met: false, reason: 'never' });

  const { ctx, abort } = start();
  const waiting = waitUntil(ctx, untilCount(1));
  await sleep(30);
  const at = Date.now();
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(Date.now() - at).toBeLessThan(1_000);
});

test('waits out an unreachable server and says so, but not a refusal', async () => {
  const { cluster, ctx, progress } = start();
  cluster.objects = [object('a')];
  cluster.failLists = [new KubernautError('UNAVAILABLE', 'list X: ECONNREFUSED')];
  expect(await waitUntil(ctx, untilCount(1))).toEqual({ met: true, value: 1 });
  expect(progress.join()).toContain('ECONNREFUSED');
  const refused = start();
  refused.cluster.failLists = [new KubernautError('FORBIDDEN', 'list X: no')];
  await expect(waitUntil(refused.ctx, untilCount(1))).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
