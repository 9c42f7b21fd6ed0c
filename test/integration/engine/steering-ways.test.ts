import { runInMemory } from '../../../client/cli/memory-io';
import { ActionRegistry } from '../../../activities/registry';
import { customActions } from '../../../activities/executors/custom';
import { testEnvironment } from '../../setup';
import { type RunningBridge, startBridge } from '../bridge/running-bridge';
import { Lab } from './lab';
import { labActions, LabWorld } from './lab-actions';
import { labPlan, set } from './lab-plan';

const world = new LabWorld();
const required = { required: true, deadline: '60m', remindEvery: '15m' };
let lab: Lab;
let bridge: RunningBridge;

beforeAll(async () => {
  lab = await Lab.open({ actions: labActions(world) });
  bridge = await startBridge({
    address: testEnvironment().temporalAddress,
    namespace: lab.namespace,
    actions: new ActionRegistry().register(...customActions, ...labActions(world)),
  });
});
afterAll(async () => {
  await bridge?.stop();
  await lab?.close();
});

/** What was answered, and whether it was a yes. */
interface Answer {
  ok: boolean;
  text: string;
}
interface Wish {
  step?: string;
  params?: object;
  undo?: false;
  requestId?: string;
}
type Way = (verb: string, id: string, wish?: Wish) => Promise<Answer>;

const cli: Way = async (verb, id, { step, params, undo, requestId } = {}) => {
  const words = [verb, id, ...(step ? [step] : []), '--by', 'ann', '--reason', 'why'];
  const { exitCode, stdout, stderr } = await runInMemory([
    ...words,
    ...(params ? ['--params', JSON.stringify(params)] : []),
    ...(undo === false ? ['--no-undo'] : []),
    ...(requestId ? ['--request-id', requestId] : []),
    ...['--address', testEnvironment().temporalAddress, '--namespace', lab.namespace],
  ]);
  return { ok: exitCode === 0, text: exitCode === 0 ? stdout : stderr };
};

const http: Way = async (verb, id, { requestId, ...wish } = {}) => {
  const { status, data } = await bridge
    .as('operate')
    .post(
      `/remediations/${encodeURIComponent(id)}/${verb}`,
      { ...wish, reason: 'why' },
      { headers: requestId ? { 'X-Request-Id': requestId } : {} },
    );
  return { ok: status === 200, text: String(data.answer ?? data.detail) };
};

describe.each<[string, Way, string]>([
  ['the CLI', cli, 'ann'],
  ['HTTP', http, 'operate'],
])('over %s', (name, send, by) => {
  const of = (key: string) => `${key}-${name.slice(-3).toLowerCase()}`;

  /** A run whose first step has been done, and whose second waits for its approval. */
  async function halfWay(key: string): Promise<{ id: string; digest: string }> {
    const steps = [set(of(`${key}1`), 1), set(of(`${key}2`), 2, { dependsOn: [of(`${key}1`)], approval: required })];
    const { id } = await lab.remediations.start(labPlan(steps));
    const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
    return { id, digest: approvals[0]!.digest };
  }
  const hold = async (id: string) => (await lab.remediations.status(id)).hold;
  const facts = async (id: string, what: string) =>
    (await lab.remediations.facts(id)).filter((fact) => fact.what === what);

  test('a plan is paused once, however often the request is sent, resumed, taken over and handed back', async () => {
    const { id, digest } = await halfWay('p');
    const twice = [await send('pause', id, { requestId: 'r1' }), await send('pause', id, { requestId: 'r1' })];
    expect(twice.map(({ ok }) => ok)).toEqual([true, true]);
    expect(twice[0]!.text).toBe(twice[1]!.text);
    expect(await send('pause', id, { requestId: 'r2' })).toMatchObject({
      ...{ ok: false, text: expect.stringContaining('has paused it already') },
    });
    expect(await hold(id)).toMatchObject({ kind: 'paused', by, reason: 'why' });
    expect(await facts(id, 'paused')).toHaveLength(1);
    await lab.remediations.approve(id, { by: 'bob', digest });
    expect(world.read(of('p2'))).toBe(0);
    expect((await send('take-over', id)).ok).toBe(true);
    expect(await hold(id)).toMatchObject({ kind: 'taken_over', by });
    expect((await send('resume', id)).ok).toBe(false);
    expect((await send('hand-back', id)).ok).toBe(true);
    expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
    expect(world.read(of('p2'))).toBe(2);
    expect((await send('pause', id)).text).toContain('has already ended');
  });

  test('a paused plan is resumed, a step left out', async () => {
    const { id } = await halfWay('s');
    await send('pause', id);
    expect((await send('resume', id)).ok).toBe(true);
    expect(await hold(id)).toBeUndefined();
    expect((await send('skip', id, { step: 'nope' })).text).toContain('there is no step nope');
    expect((await send('skip', id, { step: of('s2') })).ok).toBe(true);
    const { steps } = await lab.remediations.result(id);
    expect(steps.map(({ status }) => status)).toEqual(['succeeded', 'skipped']);
    expect(world.read(of('s2'))).toBe(0);
  });

  test('a failed step is tried again with other params, once somebody has approved them', async () => {
    const step = of('r1');
    const { id } = await lab.remediations.start(labPlan([set(step, 5, { onFailure: 'ask', fault: 'refute' })]));
    await lab.until(id, (status) => status.approvals.length > 0);
    expect((await send('retry', id, { step, params: { name: step, value: 3 } })).ok).toBe(true);
    const { approvals } = await lab.until(id, (status) =>
      status.approvals.some(({ subject }) => subject.kind === 'step'),
    );
    expect(world.read(step)).toBe(0);
    await lab.remediations.approve(id, { by: 'bob', digest: approvals[0]!.digest });
    expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
    expect(world.read(step)).toBe(3);
  });

  test('an abort takes back what was done, and does not where that is not wished', async () => {
    const [back, stay] = await Promise.all([halfWay('b'), halfWay('k')]);
    expect((await send('abort', back.id)).ok).toBe(true);
    expect(await lab.remediations.result(back.id)).toMatchObject({ outcome: 'aborted', undone: [of('b1')], left: [] });
    expect(world.read(of('b1'))).toBe(0);
    expect((await send('abort', stay.id, { undo: false })).ok).toBe(true);
    expect(await lab.remediations.result(stay.id)).toMatchObject({
      outcome: 'aborted',
      undone: [],
      left: [{ step: of('k1') }],
    });
    expect(world.read(of('k1'))).toBe(1);
  });
});
