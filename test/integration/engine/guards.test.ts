import { randomUUID } from 'node:crypto';
import { Guards } from '../../../client/guards';
import { GuardQuery, GuardSignal, GuardUpdate, guardWorkflowId } from '../../../plan/guard/messages';
import type { GuardView } from '../../../plan/guard/model';
import type { GuardSettings } from '../../../plan/guard/settings';
import type { PlanGuards, Step } from '../../../plan/model';
import { waitFor } from '../../setup';
import { step } from '../../unit/core/world';
import { Lab } from './lab';
import { Bench, holdingActions } from './lab-holding';
import { labPlan } from './lab-plan';

const settings: GuardSettings = {
  ...{ concurrentPerCluster: 5, concurrentNodeActions: 1, cooldownMs: 0 },
  ratePerAction: { lab_hold_node: { max: 3, windowMs: 3_600_000 } },
  ...{
    breaker: { failures: 2, openMs: 3_600_000 },
    onBusy: 'wait',
    maxWaitMs: 600_000,
    checkHoldersMs: 1000,
    lingerMs: 8000,
  },
};

/** Longer than any test here takes, however busy the machine is; the test ends it. */
const FOREVER = 280_000;

let bench: Bench;
let lab: Lab;

beforeAll(async () => {
  bench = new Bench();
  lab = await Lab.open({ actions: holdingActions(bench), guards: settings });
});
afterEach(() => expect(bench.clashes.splice(0)).toEqual([]));
afterAll(() => lab?.close());

/** A cluster of its own for each test, so that no test meets the guards of another. */
const ownCluster = () => `c${randomUUID().slice(0, 8)}`;

interface Hold extends Partial<Step> {
  ms?: number;
  /** It acts until `bench.letEnd`. */
  told?: boolean;
  fault?: string;
}

function hold(cluster: string, name: string, { ms = 50, told = false, fault = 'none', ...more }: Hold = {}): Step {
  const kind = more.action === 'lab_hold_node' ? 'Node' : 'Deployment';
  const target = { cluster, kind, ...(kind === 'Node' ? {} : { namespace: 'shop' }), name };
  return step(more.id ?? name, { action: 'lab_hold', target, params: { ms, told, fault }, ...more });
}

async function start(cluster: string, steps: Step[], guards: PlanGuards = {}): Promise<string> {
  return (await lab.remediations.start(labPlan(steps, { cluster, guards }))).id;
}

const view = (scope: string) =>
  lab.client.workflow.getHandle(guardWorkflowId(scope)).query<GuardView>(GuardQuery.guard);
const target = (cluster: string, name: string) => `target/${cluster}/Deployment/shop/${name}`;
const result = (id: string) => lab.remediations.result(id);
const holding = (id: string) => lab.until(id, ({ steps }) => steps.some(({ status }) => status === 'executing'));
const waiting = (id: string) => lab.until(id, ({ guards }) => guards?.waiting?.why.includes('held by') === true);

test('fifty plans for one target at the same moment are carried out one after the other, each once', async () => {
  const cluster = ownCluster();
  const ids = await Promise.all(Array.from({ length: 50 }, () => start(cluster, [hold(cluster, 'web', { ms: 5 })])));
  const results = await Promise.all(ids.map(result));
  expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['succeeded']));
  expect(bench.order.filter((who) => ids.some((id) => who === `${id}/web`))).toHaveLength(50);
  expect(await view(target(cluster, 'web'))).toMatchObject({ holders: [], queue: [] });
});

test('of fifty that do not wait, one runs and 49 are refused with the reason', async () => {
  const cluster = ownCluster();
  const first = await start(cluster, [hold(cluster, 'web', { ms: FOREVER })]);
  await holding(first);
  const others = await Promise.all(
    Array.from({ length: 49 }, () => start(cluster, [hold(cluster, 'web')], { onBusy: 'refuse' })),
  );
  for (const refused of await Promise.all(others.map(result))) {
    expect(refused).toMatchObject({ outcome: 'blocked', problems: [{ code: 'GUARD_REFUSED' }] });
    expect(refused.reason).toContain(`held by ${first}`);
  }
  await lab.remediations.abort(first, { by: 'ann' });
  expect(await result(first)).toMatchObject({ outcome: 'aborted' });
});

test('a run that waits says why, behind whom and until when, and break-glass goes first', async () => {
  const cluster = ownCluster();
  const first = await start(cluster, [hold(cluster, 'web', { ms: FOREVER })]);
  await holding(first);
  const second = await start(cluster, [hold(cluster, 'web')], { maxWait: '9m' });
  await waiting(second);
  const urgent = await start(cluster, [hold(cluster, 'web')], { breakGlass: 'the shop is down' });
  const { guards, phase } = await waiting(urgent);
  expect(phase).toBe('admitting');
  expect(guards!.waiting!.why).toContain(`number 1 behind ${first}`);
  const { queue } = await view(target(cluster, 'web'));
  expect(queue.map(({ holder }) => holder)).toEqual([urgent, second]);
  await lab.remediations.abort(first, { by: 'ann' });
  await Promise.all([result(urgent), result(second)]);
  expect(bench.order.indexOf(`${urgent}/web`)).toBeLessThan(bench.order.indexOf(`${second}/web`));
});

test('two plans that want the same two targets in opposite order both end', async () => {
  const cluster = ownCluster();
  const pair = (names: string[]) => names.map((name, n) => hold(cluster, name, { dependsOn: names.slice(0, n) }));
  const ids = await Promise.all([start(cluster, pair(['a', 'b'])), start(cluster, pair(['b', 'a']))]);
  for (const { outcome } of await Promise.all(ids.map(result))) expect(outcome).toBe('succeeded');
});

test('a terminated holder is found out, and the next one goes on', async () => {
  const cluster = ownCluster();
  const first = await start(cluster, [hold(cluster, 'web', { ms: FOREVER })]);
  await holding(first);
  const second = await start(cluster, [hold(cluster, 'web')]);
  await waiting(second);
  await lab.client.workflow.getHandle(first).terminate('killed by a test');
  expect(await result(second)).toMatchObject({ outcome: 'succeeded' });
  expect((await view(target(cluster, 'web'))).notes).toMatchObject([{ what: 'holder_ended' }]);
});

test('a release by one who does not hold it is refused, and noted', async () => {
  const cluster = ownCluster();
  const first = await start(cluster, [hold(cluster, 'web', { ms: FOREVER })]);
  await holding(first);
  const guard = lab.client.workflow.getHandle(guardWorkflowId(target(cluster, 'web')));
  await guard.signal(GuardSignal.release, { holder: 'remediation/other/1', runId: 'x', token: 1, acts: [] });
  const { holders, notes } = await view(target(cluster, 'web'));
  expect([holders.map(({ holder }) => holder), notes.map(({ what }) => what)]).toEqual([[first], ['release_refused']]);
  await lab.remediations.abort(first, { by: 'ann' });
  await result(first);
});

test('a run whose guard is taken away by a person stops and takes back what it did', async () => {
  const cluster = ownCluster();
  const first = await start(cluster, [hold(cluster, 'a'), hold(cluster, 'b', { dependsOn: ['a'], ms: FOREVER })]);
  await lab.until(first, ({ steps }) => steps[1]!.status === 'executing');
  const guard = lab.client.workflow.getHandle(guardWorkflowId(target(cluster, 'b')));
  await expect(guard.executeUpdate(GuardUpdate.releaseByHand, { args: [{ by: 'ann' }] })).rejects.toThrow(
    /update failed/i,
  );
  const guards = new Guards(lab.client);
  const scope = target(cluster, 'b');
  expect((await guards.get(scope)).holders).toMatchObject([{ holder: first, actions: ['lab_hold'] }]);
  await guards.release(scope, { by: 'ann', reason: 'it hangs' });
  const ended = await result(first);
  expect(ended).toMatchObject({ outcome: 'rolled_back', problems: [{ code: 'GUARD_LOST' }] });
  expect(ended.reason).toContain('released by ann: it hangs');
});

test('a holder that does not hear of its loss still cannot act: execute checks the token', async () => {
  const cluster = ownCluster();
  const id = await start(cluster, [hold(cluster, 'a', { ms: 1500 }), hold(cluster, 'b', { dependsOn: ['a'] })]);
  await holding(id);
  // The guard believes the holder has ended; nobody tells the run.
  await lab.client.workflow.getHandle(guardWorkflowId(target(cluster, 'b'))).terminate('lost');
  const ended = await result(id);
  expect(ended).toMatchObject({ outcome: 'rolled_back', steps: [{}, { error: { code: 'GUARD_LOST' } }] });
  expect(bench.order).not.toContain(`${id}/b`);
});

test('the breaker closes a target after its failures, the undo runs all the same, and a person opens it again', async () => {
  const cluster = ownCluster();
  const failing = () =>
    start(cluster, [hold(cluster, 'web'), hold(cluster, 'api', { fault: 'fail', dependsOn: ['web'] })]);
  const outcomes = [await result(await failing())];
  // Three run into the breaker that the second one trips: its own undo comes after that, and is not held up.
  outcomes.push(await result(await failing()));
  for (const { outcome, undone } of outcomes) expect([outcome, undone]).toEqual(['rolled_back', ['api', 'web']]);
  const refused = await result(await failing());
  expect(refused).toMatchObject({ outcome: 'blocked', problems: [{ code: 'GUARD_REFUSED' }] });
  expect(refused.reason).toContain('2 remediations failed here');
  const urgent = await start(cluster, [hold(cluster, 'api', { fault: 'fail' })], { breakGlass: 'the shop is down' });
  expect(await result(urgent)).toMatchObject({ outcome: 'rolled_back', undone: ['api'] });
  const guard = lab.client.workflow.getHandle(guardWorkflowId(target(cluster, 'api')));
  await guard.executeUpdate(GuardUpdate.reset, { args: [{ by: 'ann', reason: 'repaired' }] });
  expect(await result(await start(cluster, [hold(cluster, 'api')]))).toMatchObject({ outcome: 'succeeded' });
});

test('a breaker whose time is over lets one try at a time: when that fails nobody follows, when it helps the others do, one by one', async () => {
  const openMs = 2000;
  const own = await Lab.open({
    actions: holdingActions(bench),
    guards: { ...settings, breaker: { failures: 1, openMs } },
  });
  try {
    const cluster = ownCluster();
    const begin = async (more?: Hold) =>
      (await own.remediations.start(labPlan([hold(cluster, 'web', more)], { cluster }))).id;
    const ended = (id: string) => own.remediations.result(id);
    const guard = () =>
      own.client.workflow.getHandle(guardWorkflowId(target(cluster, 'web'))).query<GuardView>(GuardQuery.guard);
    const isOver = async () => {
      // Absent: the guard itself has noticed already.
      const { openUntil } = (await guard()).breaker;
      await waitFor(Date.now, (now) => openUntil === undefined || now > Date.parse(openUntil));
    };
    /** One that acts until it is told, and five that wait behind it. */
    const crowd = async (fault: string) => {
      const first = await begin({ told: true, fault });
      await own.until(first, ({ steps }) => steps[0]!.status === 'executing');
      const others = await Promise.all(Array.from({ length: 5 }, () => begin({ ms: 5 })));
      await Promise.all(
        others.map((id) => own.until(id, ({ guards }) => guards?.waiting?.why.includes('held by') === true)),
      );
      await waitFor(
        () => bench.order.includes(`${first}/web`),
        (acts) => acts,
        { timeout: 60_000, what: `${first} to act` },
      );
      bench.letEnd(`${first}/web`);
      return { first: await ended(first), others, results: await Promise.all(others.map(ended)) };
    };
    const acted = (ids: string[]) => ids.filter((id) => bench.order.includes(`${id}/web`));

    expect(await ended(await begin({ fault: 'fail' }))).toMatchObject({ outcome: 'rolled_back' });
    await isOver();
    const vain = await crowd('fail');
    expect(vain.first).toMatchObject({ outcome: 'rolled_back' });
    for (const refused of vain.results)
      expect(refused).toMatchObject({ outcome: 'blocked', problems: [{ code: 'GUARD_REFUSED' }] });
    expect(acted(vain.others)).toEqual([]);

    await isOver();
    const healed = await crowd('none');
    for (const { outcome } of [healed.first, ...healed.results]) expect(outcome).toBe('succeeded');
    expect(acted(healed.others)).toEqual(healed.others);
  } finally {
    await own.close();
  }
}, 240_000);

test('who waits for a person in vain gives back its guards with its end, not only when somebody else asks', async () => {
  const cluster = ownCluster();
  const approval = { required: true, deadline: '2s', remindEvery: '1s' };
  const asks = hold(cluster, 'b', { dependsOn: ['a'], approval });
  expect(await result(await start(cluster, [hold(cluster, 'a'), asks]))).toMatchObject({
    ...{ outcome: 'expired', undone: ['a'] },
  });
  for (const scope of [target(cluster, 'a'), target(cluster, 'b'), `cluster/${cluster}`]) {
    expect(await view(scope)).toMatchObject({ holders: [], queue: [], notes: [] });
  }
});

test('a cluster takes so many remediations at once, and one action on nodes', async () => {
  const cluster = ownCluster();
  bench.most = 0;
  const ids = await Promise.all(
    Array.from({ length: 12 }, (_, n) => start(cluster, [hold(cluster, `w${n}`, { ms: 100 })])),
  );
  await Promise.all(ids.map(result));
  expect(bench.most).toBeGreaterThan(1);
  expect(bench.most).toBeLessThanOrEqual(5);
  bench.most = 0;
  const node = (n: number) => hold(cluster, `n${n}`, { action: 'lab_hold_node', ms: 100 });
  await Promise.all((await Promise.all([1, 2, 3].map((n) => start(cluster, [node(n)])))).map(result));
  expect(bench.most).toBe(1);
});

test('an action with a rate of its own is done so often in a cluster; other actions, other clusters and break-glass are not held up', async () => {
  const cluster = ownCluster();
  const node = (name: string, where = cluster) => [hold(where, name, { action: 'lab_hold_node', ms: 1 })];
  // Two steps of one plan are one remediation.
  const pair = [...node('n1'), ...node('n2')];
  const ids = await Promise.all([start(cluster, pair), start(cluster, node('n3')), start(cluster, node('n4'))]);
  for (const { outcome } of await Promise.all(ids.map(result))) expect(outcome).toBe('succeeded');
  const refused = await result(await start(cluster, node('n5'), { onBusy: 'refuse' }));
  expect(refused).toMatchObject({ outcome: 'blocked', problems: [{ code: 'GUARD_REFUSED' }] });
  expect(refused.reason).toContain(`action/${cluster}/lab_hold_node: 3 within 3600 s is the limit`);
  expect(bench.order.filter((who) => who.endsWith('/n5'))).toEqual([]);
  const elsewhere = ownCluster();
  const others = await Promise.all([
    start(cluster, [hold(cluster, 'web')]),
    start(elsewhere, node('n1', elsewhere)),
    start(cluster, node('n6'), { breakGlass: 'the rack burns' }),
  ]);
  for (const { outcome } of await Promise.all(others.map(result))) expect(outcome).toBe('succeeded');
});

test('within a plan, too, one step at a time acts on the nodes', async () => {
  const cluster = ownCluster();
  bench.most = 0;
  const side = (n: number) => hold(cluster, `n${n}`, { action: 'lab_hold_node', ms: 100, dependsOn: [] });
  expect(await result(await start(cluster, [side(1), side(2), side(3)]))).toMatchObject({ outcome: 'succeeded' });
  expect(bench.most).toBe(1);
});

test('plans that only read, and dry runs, take no guard', async () => {
  const cluster = ownCluster();
  const looking = { ...step('w', { action: 'wait', params: { for: '1ms' } }), target: undefined };
  const read = await start(cluster, [looking]);
  const { id: dry } = await lab.remediations.start(labPlan([hold(cluster, 'web')], { cluster, dryRun: true }));
  await Promise.all([result(read), result(dry)]);
  for (const scope of [target(cluster, 'web'), `cluster/${cluster}`])
    await expect(view(scope)).rejects.toThrow(/not found/i);
});

test('instances whose target is known only later take their guards before they act', async () => {
  const cluster = ownCluster();
  const first = await start(cluster, [hold(cluster, 'y', { ms: 1500 })]);
  await holding(first);
  const loop = { in: ['x', 'y'], as: 'item', max: 20, parallel: true };
  const many = hold(cluster, '${{ item }}', { id: 'each', forEach: loop, ms: 50 });
  const id = await start(cluster, [many]);
  expect(await result(id)).toMatchObject({ outcome: 'succeeded' });
  expect(bench.order.filter((who) => who.startsWith(id)).sort()).toEqual([`${id}/each/0`, `${id}/each/1`]);
  expect(bench.order.indexOf(`${first}/y`)).toBeLessThan(bench.order.indexOf(`${id}/each/1`));
});
