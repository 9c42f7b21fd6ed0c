import { labActions, LabWorld } from './lab-actions';
import { Lab } from './lab';
import { labPlan, set } from './lab-plan';
import type { Step } from '../../../plan/model';

const world = new LabWorld();
const required = { required: true, deadline: '60m', remindEvery: '15m' };
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open({ actions: labActions(world) });
});
afterAll(() => lab?.close());

async function waiting(...args: Parameters<typeof labPlan>) {
  const { id } = await lab.remediations.start(labPlan(...args));
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  return { id, digest: approvals[0]!.digest };
}

async function facts(id: string): Promise<string[]> {
  return (await lab.remediations.facts(id)).map(({ what, by, detail }) => `${what}${by ? ` ${by}` : ''}: ${detail}`);
}

test('nothing is done before the approval; the signal with the digest of the preview starts it', async () => {
  const { id, digest } = await waiting([set('a1', 1)], { approval: required });
  expect(world.read('a1')).toBe(0);
  await lab.client.workflow.getHandle(id).signal('approve', { by: 'ann', digest, reason: 'looks right' });
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
  expect(await facts(id)).toContainEqual(expect.stringMatching(/^approved ann: plan [0-9a-f]{12}: looks right$/));
});

test('the update answers, and a short digest of 12 digits is enough', async () => {
  const { id, digest } = await waiting([set('a2', 1)], { approval: required });
  const answer = await lab.remediations.approve(id, { by: 'ann', digest: digest.slice('sha256:'.length, 19) });
  expect(answer).toContain('plan');
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
});

test('an approval of another digest is refused with the reason, and the attempt is in the audit', async () => {
  const { id } = await waiting([set('a3', 1)], { approval: required });
  const wrong = `sha256:${'0'.repeat(64)}`;
  await expect(lab.remediations.approve(id, { by: 'eve', digest: wrong })).rejects.toThrow(/is not what is waiting/);
  await lab.client.workflow.getHandle(id).signal('approve', { by: 'mallory', digest: wrong });
  await lab.client.workflow.getHandle(id).signal('approve', { by: 'trent' });
  await lab.client.workflow.getHandle(id).signal('approve', 'yes');
  await lab.remediations.reject(id, { by: 'ann', reason: 'no' });
  expect((await lab.remediations.result(id)).outcome).toBe('rejected');
  const said = await facts(id);
  expect(said.filter((fact) => fact.startsWith('approval_refused'))).toHaveLength(2);
  expect(said).toContainEqual('approve_refused trent: "digest" is missing');
  expect(said).toContainEqual(expect.stringMatching(/^approve_refused unknown: the payload must be an object/));
  expect(world.read('a3')).toBe(0);
});

test('a double approval starts one run of the step', async () => {
  const { id, digest } = await waiting([set('a4', 1)], { approval: required });
  const handle = lab.client.workflow.getHandle(id);
  await Promise.all([1, 2, 3].map(() => handle.signal('approve', { by: 'ann', digest })));
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
  expect(world.calls.filter((call) => call === 'execute a4')).toHaveLength(1);
});

test('no decision until the deadline means no, after reminders', async () => {
  // None at the deadline itself, and time enough between: timers that fire together are told to the workflow together.
  const soon = { required: true, deadline: '8s', remindEvery: '3s' };
  const { id, result } = await (async () => {
    const { id } = await lab.remediations.start(labPlan([set('b1', 1)], { approval: soon }));
    return { id, result: await lab.remediations.result(id) };
  })();
  expect(result.outcome).toBe('expired');
  expect(world.read('b1')).toBe(0);
  expect((await facts(id)).filter((fact) => fact.startsWith('approval_reminder'))).toHaveLength(2);
  await expect(lab.remediations.approve(id, { by: 'ann', digest: result.digest! })).rejects.toThrow(/ended/);
});

test('a step that asks for its own approval is asked about in its turn, and a rejection undoes what was done before', async () => {
  const { id } = await waiting([set('c1', 1), set('c2', 2, { dependsOn: ['c1'], approval: required })]);
  expect(world.read('c1')).toBe(1);
  await lab.remediations.reject(id, { by: 'ann', step: 'c2', reason: 'not now' });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'rejected', undone: ['c1'] });
  expect([world.read('c1'), world.read('c2')]).toEqual([0, 0]);
});

const gate = (id: string, message: string, more: Partial<Step> = {}) => ({
  ...set(id, 0, more),
  action: 'approval_gate',
  params: { message },
});

test('a gate holds the plan until a person has said yes to what the steps before it have brought', async () => {
  const { id } = await waiting([
    set('g1', 3),
    gate('g2', 'g1 is ${{ steps.g1.evidence.value }}; go on?', { dependsOn: ['g1'] }),
    set('g3', 4, { dependsOn: ['g2'] }),
  ]);
  const { approvals } = await lab.remediations.status(id);
  expect(approvals).toMatchObject([{ subject: { kind: 'step', step: 'g2' }, why: 'ask: g1 is 3; go on?' }]);
  expect([world.read('g1'), world.read('g3')]).toEqual([3, 0]);
  await lab.remediations.approve(id, { by: 'ann', digest: approvals[0]!.digest });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  expect(world.read('g3')).toBe(4);
});

test('a gate that is rejected, or that nobody answers in time, ends the plan and undoes what was done', async () => {
  const steps = (name: string, more: Partial<Step> = {}) => [
    set(`${name}1`, 3),
    gate(`${name}2`, 'go on?', { dependsOn: [`${name}1`], ...more }),
    set(`${name}3`, 4, { dependsOn: [`${name}2`] }),
  ];
  const no = await waiting(steps('h'));
  await lab.remediations.reject(no.id, { by: 'ann', reason: 'no' });
  expect(await lab.remediations.result(no.id)).toMatchObject({ outcome: 'rejected', undone: ['h1'] });
  const soon = { required: false, deadline: '2s', remindEvery: '1s' };
  const late = await lab.remediations.start(labPlan(steps('i', { approval: soon })));
  const expired = await lab.remediations.result(late.id);
  expect(expired).toMatchObject({ problems: [], outcome: 'expired', undone: ['i1'] });
  expect(['h1', 'h3', 'i1', 'i3'].map((name) => world.read(name))).toEqual([0, 0, 0, 0]);
});

test('with the manual rollback strategy a person decides whether to undo', async () => {
  const steps = (name: string) => [
    set(`${name}1`, 1),
    set(`${name}2`, 2, { dependsOn: [`${name}1`], fault: 'refute' }),
  ];
  const yes = await waiting(steps('e'), { rollbackStrategy: 'manual' });
  expect(world.read('e1')).toBe(1);
  await lab.remediations.approve(yes.id, { by: 'ann', digest: yes.digest });
  expect(await lab.remediations.result(yes.id)).toMatchObject({ outcome: 'rolled_back', undone: ['e2', 'e1'] });
  const no = await waiting(steps('f'), { rollbackStrategy: 'manual' });
  await lab.remediations.reject(no.id, { by: 'ann' });
  const result = await lab.remediations.result(no.id);
  expect(result.outcome).toBe('failed');
  expect(result.left.map(({ step }) => step)).toEqual(['f2', 'f1']);
});

test('an approval stays pending over a restart of the worker', async () => {
  const { id, digest } = await waiting([set('g1', 1)], { approval: required });
  await lab.stopWorker();
  await lab.startWorker();
  expect((await lab.remediations.status(id)).approvals[0]?.digest).toBe(digest);
  await lab.remediations.approve(id, { by: 'ann', digest });
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
});

test('a decision and the expiry in the same instant end in one of the two', async () => {
  const soon = { required: true, deadline: '2s', remindEvery: '1m' };
  const ids = await Promise.all(
    Array.from({ length: 12 }, async (_, n) => {
      const { id } = await lab.remediations.start(labPlan([set(`h${n}`, 1)], { approval: soon }));
      const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
      const wait = Date.parse(approvals[0]!.deadline) - Date.now() + (n - 6) * 4;
      const approve = () =>
        lab.client.workflow.getHandle(id).signal('approve', { by: 'ann', digest: approvals[0]!.digest });
      await new Promise((resolve) => setTimeout(resolve, wait));
      await approve().catch(() => undefined);
      return { id, name: `h${n}` };
    }),
  );
  for (const { id, name } of ids) {
    const { outcome } = await lab.remediations.result(id);
    expect(['succeeded', 'expired']).toContain(outcome);
    expect(world.read(name)).toBe(outcome === 'succeeded' ? 1 : 0);
  }
});
