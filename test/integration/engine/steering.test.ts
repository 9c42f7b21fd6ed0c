import { labActions, LabWorld } from './lab-actions';
import { Lab } from './lab';
import { labPlan, set } from './lab-plan';

const world = new LabWorld();
const required = { required: true, deadline: '60m', remindEvery: '15m' };
const by = 'ann';
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open({ actions: labActions(world) });
});
afterAll(() => lab?.close());

/** A run whose first step has been done, and whose second waits for its approval. */
async function halfWay(first: string, second: string) {
  const steps = [set(first, 1), set(second, 2, { dependsOn: [first], approval: required })];
  const { id } = await lab.remediations.start(labPlan(steps));
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  return { id, digest: approvals[0]!.digest };
}

test('a paused plan starts nothing, although it is approved, until it is resumed', async () => {
  const { id, digest } = await halfWay('p1', 'p2');
  await lab.remediations.pause(id, { by, reason: 'looking' });
  await lab.remediations.approve(id, { by, digest });
  const status = await lab.remediations.status(id);
  expect(status).toMatchObject({ phase: 'running', hold: { kind: 'paused', by }, approvals: [] });
  await lab.untilState(id, 'paused');
  expect(world.read('p2')).toBe(0);
  await lab.remediations.resume(id, { by });
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
  expect(world.read('p2')).toBe(2);
});

test('a request sent twice under one id happens once and has one answer; under another id it is refused', async () => {
  const { id } = await halfWay('q1', 'q2');
  const answers = await Promise.all([1, 2, 3].map(() => lab.remediations.pause(id, { by }, 'request-1')));
  expect(new Set(answers).size).toBe(1);
  await expect(lab.remediations.pause(id, { by }, 'request-2')).rejects.toThrow(/ann has paused it already/);
  expect((await lab.remediations.facts(id)).filter(({ what }) => what === 'paused')).toHaveLength(1);
  await lab.remediations.abort(id, { by });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'aborted', undone: ['q1'] });
});

test('what has changed by hand is seen when the plan is handed back, and must be approved anew', async () => {
  const { id, digest } = await halfWay('h1', 'h2');
  await lab.remediations.takeOver(id, { by });
  await lab.remediations.approve(id, { by, digest });
  world.write('h2', 1);
  await lab.remediations.handBack(id, { by });
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  expect(approvals).toMatchObject([{ why: expect.stringMatching(/has changed since it was approved/) }]);
  expect(approvals[0]!.digest).not.toBe(digest);
  await lab.remediations.approve(id, { by, digest: approvals[0]!.digest });
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
});

test('a failed step is taken back, tried again with other params once these are approved, and the plan succeeds', async () => {
  const steps = [set('r1', 5, { onFailure: 'ask', fault: 'refute' }), set('r2', 1, { dependsOn: ['r1'] })];
  const { id } = await lab.remediations.start(labPlan(steps));
  const waiting = await lab.until(id, (status) => status.approvals.length > 0);
  expect(waiting.approvals).toMatchObject([{ subject: { kind: 'decision', step: 'r1' } }]);
  await lab.untilState(id, 'awaiting_decision');
  expect(world.read('r1')).toBe(5);
  await lab.remediations.retryStep(id, { by, step: 'r1', params: { name: 'r1', value: 3 } });
  const again = await lab.until(id, (status) => status.approvals.some(({ subject }) => subject.kind === 'step'));
  expect(world.read('r1')).toBe(0);
  await lab.remediations.approve(id, { by: 'bob', digest: again.approvals[0]!.digest });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded', undone: [], left: [] });
  expect([world.read('r1'), world.read('r2')]).toEqual([3, 1]);
});

test('params that make no sense fail the retried step again, and nothing is done', async () => {
  const { id } = await lab.remediations.start(labPlan([set('s1', 5, { onFailure: 'ask', fault: 'execute' })]));
  await lab.until(id, (status) => status.approvals.length > 0);
  await lab.remediations.retryStep(id, { by, step: 's1', params: { name: 's1', value: 'many' } });
  const { steps } = await lab.until(id, (status) => status.steps[0]!.detail?.includes('PARAMS_INVALID') ?? false);
  expect(steps[0]).toMatchObject({ status: 'awaiting_decision' });
  await lab.remediations.reject(id, { by, step: 's1' });
  expect((await lab.remediations.result(id)).outcome).toBe('failed');
  expect(world.read('s1')).toBe(0);
});

test('a step can be left out, also by somebody who names the wrong one first', async () => {
  const { id } = await halfWay('k1', 'k2');
  await expect(lab.remediations.skipStep(id, { by, step: 'nope' })).rejects.toThrow(
    /there is no step nope; there are k1, k2/,
  );
  await expect(lab.remediations.skipStep(id, { by, step: 'k1' })).rejects.toThrow(/too late to skip it/);
  await expect(lab.remediations.skipStep(id, { by, step: '' })).rejects.toThrow(/"step" is missing/);
  await lab.remediations.skipStep(id, { by, step: 'k2', reason: 'not needed' });
  const result = await lab.remediations.result(id);
  expect(result.steps.map(({ status }) => status)).toEqual(['succeeded', 'skipped']);
  expect(world.read('k2')).toBe(0);
});

test('a plan that is started twice under one id is one run; another plan under that id is refused', async () => {
  const document = labPlan([set('s1', 1)]);
  const id = `remediation/${document.metadata.name}/twice`;
  const started = await Promise.all([1, 2, 3].map(() => lab.remediations.start(document, { id })));
  expect(started.map(({ attached }) => attached).sort()).toEqual([false, true, true]);
  expect(new Set(started.map(({ runId }) => runId)).size).toBe(1);
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
  expect(await lab.remediations.start(document, { id })).toMatchObject({ id, attached: true });
  expect(world.changes.filter((change) => change === 's1=1')).toHaveLength(1);
  await expect(lab.remediations.start(labPlan([set('s1', 2)]), { id })).rejects.toThrow(
    'already belongs to another plan',
  );
  expect(world.read('s1')).toBe(1);
});

test.each<[state: string, stop: (id: string) => Promise<unknown>, plan: ReturnType<typeof labPlan>]>([
  [
    'waits for its approval',
    (id) => lab.until(id, ({ approvals }) => approvals.length === 1),
    labPlan([set('a1', 1)], { approval: required }),
  ],
  [
    'waits for a person to say what becomes of a failed step',
    (id) => lab.until(id, ({ approvals }) => approvals.length === 1),
    labPlan([set('a1', 1), set('a2', 1, { onFailure: 'ask', fault: 'refute', dependsOn: ['a1'] })]),
  ],
  [
    'acts',
    (id) => lab.until(id, ({ steps }) => steps[1]?.status === 'executing'),
    labPlan([set('a1', 1), set('a2', 1, { fault: 'hang-after-acting', dependsOn: ['a1'] })]),
  ],
  [
    'waits for a time',
    (id) => lab.until(id, ({ steps }) => steps[1]?.status === 'executing'),
    labPlan([
      set('a1', 1),
      { ...set('a2', 1, { action: 'wait', dependsOn: ['a1'] }), params: { for: '10m' }, timeout: '30m' },
    ]),
  ],
  [
    'is paused',
    (id) => halted(id, () => lab.remediations.pause(id, { by })),
    labPlan([set('a1', 1), set('a2', 1, { dependsOn: ['a1'], approval: required })]),
  ],
  [
    'has been taken over by hand',
    (id) => halted(id, () => lab.remediations.takeOver(id, { by })),
    labPlan([set('a1', 1), set('a2', 1, { dependsOn: ['a1'], approval: required })]),
  ],
])('an abort works while the run %s, and takes back what was done', async (_, arrive, plan) => {
  const { id } = await lab.remediations.start(plan);
  await arrive(id);
  await lab.remediations.abort(id, { by, reason: 'enough' });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'aborted', left: [] });
  expect([world.read('a1'), world.read('a2')]).toEqual([0, 0]);
});

async function halted(id: string, halt: () => Promise<string>): Promise<void> {
  await lab.until(id, ({ approvals }) => approvals.length === 1);
  await halt();
  await lab.until(id, ({ hold }) => hold !== undefined);
}
