import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { GuardQuery, guardWorkflowId } from '../../../plan/guard/messages';
import type { GuardView } from '../../../plan/guard/model';
import type { GuardSettings } from '../../../plan/guard/settings';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { freePorts } from '../../../tools/stack/free-port';
import { startTemporal, type TemporalServer } from '../../../tools/stack/temporal-server';
import { createWorkdir, type Workdir } from '../../../tools/stack/workdir';
import type { PendingApproval } from '../../../plan/steering';
import { waitFor } from '../../setup';
import { step } from '../../unit/core/world';
import { Lab } from './lab';
import { labActions, LabWorld } from './lab-actions';
import { Bench, holdingActions } from './lab-holding';
import { labPlan, set } from './lab-plan';

/** A Temporal server of this file alone, with a database file: the shared one must not be restarted under other tests. */
let server: TemporalServer;
let workdir: Workdir;

beforeAll(async () => {
  const { temporal } = await ensureServers(['temporal']);
  workdir = await createWorkdir();
  const [port, webUiPort] = await freePorts(2);
  const databaseFile = join(workdir.folder, 'temporal.db');
  server = await startTemporal({
    temporal,
    workdir: workdir.folder,
    port: port!,
    webUiPort: webUiPort!,
    databaseFile,
    dynamicConfig: {
      'history.timerProcessorMaxTimeShift': '"1ms"',
      // So that guards, and runs that wait for them, continue as new within a test.
      'limit.historyCount.suggestContinueAsNew': '60',
    },
  });
});
afterAll(() => workdir?.stop());

test('an approval stays pending over a restart of worker and server; then it is executed once', async () => {
  const world = new LabWorld();
  const required = { required: true, deadline: '60m', remindEvery: '15m' };
  const lab = await Lab.open({ actions: labActions(world), temporalAddress: server.address });
  const { id } = await lab.remediations.start(labPlan([set('a', 1)], { approval: required }));
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  await lab.stopWorker();
  await server.restart();
  await lab.startWorker();
  const after = await lab.until(id, (status) => status.approvals.length > 0);
  // Not the times: a status read while a workflow task is under way may see a task that then has to be done again.
  const asked = ({ subject, digest }: PendingApproval) => ({ subject, digest });
  expect(after.approvals.map(asked)).toEqual(approvals.map(asked));
  await lab.remediations.approve(id, { by: 'ann', digest: approvals[0]!.digest });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  expect(world.changes).toEqual(['a=1']);
  await lab.close();
});

const guards: GuardSettings = {
  ...{ concurrentPerCluster: 5, concurrentNodeActions: 1, cooldownMs: 0, onBusy: 'wait', maxWaitMs: 600_000 },
  ...{ checkHoldersMs: 1000, lingerMs: 8000 },
  // So that a guard remembers, and does not end, while nobody holds it.
  oscillation: { reversals: 1000, repeats: 1000, windowMs: 600_000 },
};

/** A laboratory with guards, and a target of its own. */
async function guarded() {
  const bench = new Bench();
  const cluster = `c${randomUUID().slice(0, 8)}`;
  const lab = await Lab.open({ actions: holdingActions(bench), guards, temporalAddress: server.address });
  const scope = `target/${cluster}/Deployment/shop/web`;
  return {
    ...{ bench, lab },
    view: () => lab.client.workflow.getHandle(guardWorkflowId(scope)).query<GuardView>(GuardQuery.guard),
    guard: () => lab.client.workflow.getHandle(guardWorkflowId(scope)).describe(),
    /** One step that acts on the target, and before it one that waits for a person if `asks`. */
    async start({ asks = false, ms = 20 } = {}): Promise<string> {
      const target = { cluster, kind: 'Deployment', namespace: 'shop', name: 'web' };
      const approval = { required: asks, deadline: '60m', remindEvery: '15m' };
      const act = step('act', { action: 'lab_hold', target, params: { ms }, approval });
      return (await lab.remediations.start(labPlan([act], { cluster }))).id;
    },
    waiting: (id: string) => lab.until(id, (status) => status.guards?.waiting?.why.includes('held by') === true),
  };
}

async function restartAll(lab: Lab): Promise<void> {
  await lab.stopWorker();
  await server.restart();
  await lab.startWorker();
}

const who = ({ holders, queue }: GuardView) => ({
  holders: holders.map(({ holder, token }) => ({ holder, token })),
  queue: queue.map(({ holder, position }) => ({ holder, position })),
});

test('a plan that holds its guards and two that wait for them get over a restart of worker and server: the same order, each once', async () => {
  const { lab, bench, view, start, waiting } = await guarded();
  const first = await start({ asks: true });
  const { approvals } = await lab.until(first, (status) => status.approvals.length > 0);
  const second = await start();
  await waiting(second);
  const third = await start();
  await waiting(third);
  const before = who(await view());
  expect(before).toMatchObject({ holders: [{ holder: first }], queue: [{ holder: second }, { holder: third }] });

  await restartAll(lab);
  expect(who(await waitFor(view, () => true))).toEqual(before);
  expect(bench.order).toEqual([]);
  await lab.remediations.approve(first, { by: 'ann', digest: approvals[0]!.digest });
  for (const id of [first, second, third]) {
    expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  }
  expect(bench.order).toEqual([first, second, third].map((id) => `${id}/act`));
  expect(bench.clashes).toEqual([]);
  expect(who(await waitFor(view, ({ holders }) => holders.length === 0))).toEqual({ holders: [], queue: [] });
  await lab.close();
});

test('killed while it acts: the step is done again under the same guard, and nobody gets in between', async () => {
  const { lab, bench, view, start, waiting } = await guarded();
  const first = await start({ ms: 2000 });
  await lab.until(first, ({ steps }) => steps[0]?.status === 'executing');
  await waitFor(
    async () => bench.order.length,
    (acting) => acting === 1,
  );
  const second = await start();
  await waiting(second);
  const before = who(await view());
  await restartAll(lab);
  expect(who(await waitFor(view, () => true))).toEqual(before);
  for (const id of [first, second]) expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  expect(bench.order).toEqual([first, first, second].map((id) => `${id}/act`));
  expect(bench.clashes).toEqual([]);
  await lab.close();
});

test('a guard continues as new under load: nobody is forgotten or admitted twice, and tokens go on growing', async () => {
  const { lab, bench, view, guard, start } = await guarded();
  const begun = await start({ asks: true });
  const { approvals } = await lab.until(begun, (status) => status.approvals.length > 0);
  const { runId } = await waitFor(guard, () => true);
  const { holders } = await view();
  const rest = await Promise.all(Array.from({ length: 15 }, () => start()));
  await waitFor(view, ({ queue }) => queue.length === rest.length, { timeout: 60_000 });
  await lab.remediations.approve(begun, { by: 'ann', digest: approvals[0]!.digest });
  const ids = [begun, ...rest];
  for (const id of ids) expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  expect([...bench.order].sort()).toEqual(ids.map((id) => `${id}/act`).sort());
  expect(bench.clashes).toEqual([]);

  const { raw } = await guard();
  expect(raw.workflowExecutionInfo?.firstRunId).toBe(runId);
  expect(raw.workflowExecutionInfo?.execution?.runId).not.toBe(runId);
  const last = await start({ asks: true });
  await lab.until(last, (status) => status.approvals.length > 0);
  const [again] = (await view()).holders;
  expect(again!.token).toBe(holders[0]!.token + ids.length);
  await lab.remediations.abort(last, { by: 'ann' });
  await lab.remediations.result(last);
  await lab.close();
});
