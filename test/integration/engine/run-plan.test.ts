import { randomUUID } from 'node:crypto';
import type { GuardSettings } from '../../../plan/guard/settings';
import type { JsonObject } from '../../../plan/json';
import type { RemediationPlan, Step } from '../../../plan/model';
import { step } from '../../unit/core/world';
import { Lab } from './lab';
import { labActions, LabWorld } from './lab-actions';
import { Bench, holdingActions } from './lab-holding';
import { labPlan, set } from './lab-plan';

const guards: GuardSettings = {
  ...{ concurrentPerCluster: 1, concurrentNodeActions: 1, cooldownMs: 0 },
  ...{ onBusy: 'wait', maxWaitMs: 600_000, checkHoldersMs: 1000, lingerMs: 3000 },
};
const world = new LabWorld();
const bench = new Bench();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open({ actions: [...labActions(world), ...holdingActions(bench)], guards });
});
afterAll(() => lab?.close());

/** A step that is a plan of these steps, one after the other. */
function sub(
  id: string,
  steps: Step[],
  { spec, ...more }: Partial<Step> & { spec?: Partial<RemediationPlan['spec']> } = {},
): Step {
  const plan = labPlan(chained(steps), spec) as unknown as JsonObject;
  return { ...step(id, { action: 'run_plan', params: { plan }, ...more }), target: undefined };
}

function chained(steps: Step[]): Step[] {
  return steps.map((one, index) => (index === 0 ? one : { ...one, dependsOn: [steps[index - 1]!.id] }));
}

const start = async (steps: Step[], spec: Partial<RemediationPlan['spec']> = {}) =>
  (await lab.remediations.start(labPlan(chained(steps), spec))).id;
const result = (id: string) => lab.remediations.result(id);
const statusOf = async (id: string) => (await lab.client.workflow.getHandle(id).describe()).status.name;
const changesOf = (prefix: string) => world.changes.filter((change) => change.startsWith(prefix));

test('the preview shows what each step of the sub-plan would change, and changes nothing', async () => {
  const plan = labPlan(chained([set('a0', 1), sub('more', [set('a1', 1), set('a2', 2)])]));
  const { preview } = await lab.remediations.previewPlan(plan);
  expect(preview.steps[1]).toMatchObject({
    id: 'more',
    summary: expect.stringContaining('a1: a1 0 → 1; a2: a2 0 → 2'),
    diff: [
      { path: '/a1/a1', before: 0, after: 1 },
      { path: '/a2/a2', before: 0, after: 2 },
    ],
    noEffect: false,
  });
  expect(changesOf('a')).toEqual([]);
});

test('a sub-plan has its effect as one step, and ends with the plan around it', async () => {
  const id = await start([sub('more', [set('b1', 1), set('b2', 2)]), set('b3', 3)]);
  const end = await result(id);
  expect(end).toMatchObject({ outcome: 'succeeded', left: [] });
  expect(end.steps[0]).toMatchObject({
    effect: { changed: true, data: { workflowId: `${id}/more/plan`, outcome: 'succeeded' } },
    evidence: { verified: true },
  });
  expect(changesOf('b')).toEqual(['b1=1', 'b2=2', 'b3=3']);
  expect(await result(`${id}/more/plan`)).toMatchObject({ outcome: 'succeeded', undone: [] });
});

test('a sub-plan with nothing to do is skipped like any step without an effect', async () => {
  world.values.set('c1', 1);
  expect(await result(await start([sub('more', [set('c1', 1)]), set('c2', 2)]))).toMatchObject({
    outcome: 'succeeded',
    steps: [{ status: 'no_effect' }, { status: 'succeeded' }],
  });
});

test('when a later step fails, everything the sub-plan did is undone, newest first', async () => {
  const id = await start([
    set('d0', 1),
    sub('more', [set('d1', 1), set('d2', 2)]),
    set('d3', 3),
    set('d4', 4, { fault: 'execute' }),
  ]);
  expect(await result(id)).toMatchObject({ outcome: 'rolled_back', undone: ['d4', 'd3', 'more', 'd0'], left: [] });
  expect(changesOf('d')).toEqual(['d0=1', 'd1=1', 'd2=2', 'd3=3', 'd3=0', 'd2=0', 'd1=0', 'd0=0']);
  expect(await result(`${id}/more/plan`)).toMatchObject({ outcome: 'aborted', undone: ['d2', 'd1'] });
});

test('a sub-plan that fails brings back what it did, and then the plan around it does', async () => {
  const id = await start([set('e0', 1), sub('more', [set('e1', 1), set('e2', 2, { fault: 'refute' })]), set('e3', 3)]);
  const end = await result(id);
  expect(end).toMatchObject({ outcome: 'rolled_back', steps: [{}, { error: { code: 'SUB_PLAN_FAILED' } }, {}] });
  expect(end.reason).toContain('e2');
  expect(changesOf('e')).toEqual(['e0=1', 'e1=1', 'e2=2', 'e2=0', 'e1=0', 'e0=0']);
});

test('an abort in the middle of a sub-plan waits until the sub-plan has undone its part', async () => {
  const id = await start([set('f0', 1), sub('more', [set('f1', 1), set('f2', 2, { fault: 'hang-after-acting' })])]);
  await lab.until(id, () => world.read('f2') === 2);
  await lab.remediations.abort(id, { by: 'ann' });
  expect(await result(id)).toMatchObject({ outcome: 'aborted', left: [] });
  expect(changesOf('f')).toEqual(['f0=1', 'f1=1', 'f2=2', 'f2=0', 'f1=0', 'f0=0']);
});

test('what the sub-plan cannot undo is named by the plan around it', async () => {
  const burn = { ...set('g2', 2), action: 'lab_burn' };
  const stuck = await start([sub('more', [set('g1', 1), burn]), set('g3', 3, { fault: 'execute' })]);
  const end = await result(stuck);
  expect(end).toMatchObject({ outcome: 'rolled_back' });
  expect(end.left.map(({ summary }) => summary)).toEqual([expect.stringContaining('g2')]);
  const conflict = await start([
    sub('more', [set('h1', 1, { fault: 'rollback' })]),
    set('h2', 2, { fault: 'execute' }),
  ]);
  const other = await result(conflict);
  expect(other).toMatchObject({ outcome: 'rollback_failed', left: [{ step: 'more' }] });
  expect(other.left[0]!.why).toContain('h1');
});

test('a sub-plan stands by over a restart of the worker, and is still undone', async () => {
  const id = await start([
    sub('more', [set('i1', 1)]),
    { ...set('i2', 0), action: 'approval_gate', params: { message: 'go on?' }, approval: required },
  ]);
  await lab.until(id, ({ approvals }) => approvals.length > 0);
  const child = `${id}/more/plan`;
  expect(await lab.remediations.status(child)).toMatchObject({ phase: 'standing' });
  await expect(lab.remediations.abort(child, { by: 'ann' })).rejects.toThrow('the plan around it decides');
  await lab.stopWorker();
  await lab.startWorker();
  await lab.remediations.reject(id, { by: 'bob' });
  expect(await result(id)).toMatchObject({ outcome: 'rejected', undone: ['more'] });
  expect(changesOf('i')).toEqual(['i1=1', 'i1=0']);
  expect(await statusOf(child)).toBe('FAILED');
});
const required = { required: true, deadline: '60m', remindEvery: '15m' };

test('a sub-plan within a sub-plan is undone with it', async () => {
  const inner = sub('inner', [set('j2', 2)]);
  const id = await start([sub('outer', [set('j1', 1), inner, set('j3', 3)]), set('j4', 4, { fault: 'execute' })]);
  expect(await result(id)).toMatchObject({ outcome: 'rolled_back', left: [] });
  expect(changesOf('j')).toEqual(['j1=1', 'j2=2', 'j3=3', 'j3=0', 'j2=0', 'j1=0']);
  const well = await start([sub('outer', [set('k1', 1), sub('inner', [set('k2', 2)])])]);
  expect(await result(well)).toMatchObject({ outcome: 'succeeded' });
  expect(await result(`${well}/outer/plan/inner/plan`)).toMatchObject({ outcome: 'succeeded' });
});

test('what a person approved with the plan around it is what the sub-plan does, or it does nothing', async () => {
  const approved = await start([sub('more', [set('l1', 1)])], { approval: required });
  await approve(approved);
  expect(await result(approved)).toMatchObject({ outcome: 'succeeded' });
  const own = await start([sub('more', [set('m1', 1)], { spec: { approval: required } })]);
  const child = `${own}/more/plan`;
  await lab.until(own, ({ steps }) => steps[0]?.status === 'executing');
  await approve(child);
  expect(await result(own)).toMatchObject({ outcome: 'succeeded' });
});

async function approve(id: string): Promise<void> {
  let digest = '';
  for (let tries = 0; digest === '' && tries < 300; tries++) {
    const status = await lab.remediations.status(id).catch(() => undefined);
    digest = status?.approvals[0]?.digest ?? '';
    if (digest === '') await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await lab.remediations.approve(id, { by: 'ann', digest });
}

test('a sub-plan acts under the guards of the plan around it, on the same target and in a full cluster', async () => {
  const cluster = `c${randomUUID().slice(0, 8)}`;
  const target = { cluster, kind: 'Deployment', namespace: 'shop', name: 'web' };
  const hold = (id: string): Step => step(id, { action: 'lab_hold', target, params: { ms: 20, fault: 'none' } });
  const nested = sub('more', [hold('n2'), sub('inner', [hold('n3')], { spec: { cluster } })], { spec: { cluster } });
  const ids = await Promise.all([1, 2].map(() => start([hold('n1'), nested, hold('n4')], { cluster })));
  for (const id of ids) expect(await result(id)).toMatchObject({ outcome: 'succeeded' });
  expect(bench.clashes).toEqual([]);
});

test('the step’s timeout stops the sub-plan, and its part is undone', async () => {
  const id = await start([sub('more', [set('o1', 1), set('o2', 2, { fault: 'hang' })], { timeout: '2s' })]);
  expect(await result(id)).toMatchObject({ outcome: 'rolled_back', steps: [{ error: { code: 'DEADLINE_EXCEEDED' } }] });
  expect(changesOf('o')).toEqual(['o1=1', 'o1=0']);
});

test('problems of an inner plan block the outer one, with their paths, before anything is done', async () => {
  const bad = sub('more', [set('p1', 1), { ...set('p2', 2), action: 'no_such_action' }]);
  const end = await result(await start([set('p0', 1), bad]));
  expect(end).toMatchObject({ outcome: 'blocked' });
  expect(end.problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('spec.steps[1].params.plan.spec.steps[1].action: there is no action no_such_action'),
  ]);
  const invalid = await result(await start([set('p0', 1), sub('more', [set('p3', 1, { fault: 'validate' })])]));
  expect(invalid).toMatchObject({ outcome: 'blocked' });
  expect(invalid.reason).toContain('p3 cannot be set');
  expect(changesOf('p')).toEqual([]);
});

test('a long sub-plan continues as new before it stands by, and a plan around it stays one run with it', async () => {
  const many = (prefix: string, length: number) => Array.from({ length }, (_, n) => set(`${prefix}${n}`, n + 1));
  const id = await start([sub('more', many('q', 40)), ...many('r', 25), set('s', 1, { fault: 'execute' })]);
  expect(await result(id)).toMatchObject({ outcome: 'rolled_back', left: [] });
  expect([...changesOf('q'), ...changesOf('r')].filter((change) => change.endsWith('=0'))).toHaveLength(65);
  expect([await runs(`${id}/more/plan`), await runs(id)]).toEqual([expect.any(Number), 1]);
  expect(await runs(`${id}/more/plan`)).toBeGreaterThan(1);
});

async function runs(id: string): Promise<number> {
  let count = 0;
  for await (const _ of lab.client.workflow.list({ query: `WorkflowId = "${id}"` })) count++;
  return count;
}

test('when the plan around it is terminated, a sub-plan at work undoes its part, and one that stands by is let stand', async () => {
  const terminate = (id: string) => lab.client.workflow.getHandle(id).terminate('by hand');
  const busy = await start([sub('more', [set('t1', 1), set('t2', 2, { fault: 'hang' })])]);
  await lab.until(busy, () => world.read('t1') === 1);
  await terminate(busy);
  expect(await result(`${busy}/more/plan`)).toMatchObject({
    outcome: 'aborted',
    undone: expect.arrayContaining(['t1']),
  });
  const gate: Step = { ...set('gate', 0), action: 'approval_gate', params: { message: 'go on?' }, approval: required };
  const idle = await start([sub('more', [set('u1', 1)]), gate]);
  await lab.until(idle, ({ approvals }) => approvals.length > 0);
  await terminate(idle);
  expect(await result(`${idle}/more/plan`)).toMatchObject({ outcome: 'succeeded', undone: [] });
  expect([world.read('t1'), world.read('u1')]).toEqual([0, 1]);
});

test('an abort that is to undo nothing leaves what the sub-plan did, too', async () => {
  const id = await start([sub('more', [set('v1', 1), set('v2', 2, { fault: 'hang' })])]);
  await lab.until(id, () => world.read('v1') === 1);
  await lab.remediations.abort(id, { by: 'ann', undo: false });
  expect(await result(id)).toMatchObject({ outcome: 'aborted', undone: [], left: [{ step: 'more' }] });
  expect(changesOf('v')).toEqual(['v1=1']);
});
