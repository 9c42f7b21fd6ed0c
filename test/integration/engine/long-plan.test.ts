import { readAudit } from '../../../activities/audit/reader/read-audit';
import { Lab } from './lab';
import { labActions, LabWorld } from './lab-actions';
import { labPlan, set } from './lab-plan';

const world = new LabWorld();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open({ actions: labActions(world) });
});
afterAll(() => lab?.close());

function chain(prefix: string, count: number) {
  return Array.from({ length: count }, (_, n) =>
    set(`${prefix}${n}`, n + 1, n > 0 ? { dependsOn: [`${prefix}${n - 1}`] } : {}),
  );
}

async function runs(id: string): Promise<number> {
  let count = 0;
  for await (const _ of lab.client.workflow.list({ query: `WorkflowId = "${id}"` })) count++;
  return count;
}

test('a long plan continues as new between steps, and nothing is lost or done twice', async () => {
  const { id } = await lab.remediations.start(labPlan(chain('a', 60)));
  const result = await lab.remediations.result(id);
  expect(result.outcome).toBe('succeeded');
  expect(result.steps.map(({ status }) => status)).toEqual(Array(60).fill('succeeded'));
  expect(world.changes).toEqual(Array.from({ length: 60 }, (_, n) => `a${n}=${n + 1}`));
  expect(await runs(id)).toBeGreaterThan(1);
  const audit = await readAudit(lab.client, id);
  const executed = audit.filter(({ what }) => what === 'lab_set.execute').map(({ step }) => step);
  expect(executed).toEqual(Array.from({ length: 60 }, (_, n) => `a${n}`));
  expect(await lab.remediations.get(id)).toMatchObject({ outcome: 'succeeded', cluster: 'c' });
});

test('the undo of a plan that continued as new goes back to its first step', async () => {
  const steps = chain('b', 40);
  steps.push(set('last', 1, { dependsOn: ['b39'], fault: 'execute' }));
  const { id } = await lab.remediations.start(labPlan(steps));
  const result = await lab.remediations.result(id);
  expect(result.outcome).toBe('rolled_back');
  expect(result.undone).toEqual(['last', ...Array.from({ length: 40 }, (_, n) => `b${39 - n}`)]);
  expect(Array.from({ length: 40 }, (_, n) => world.read(`b${n}`))).toEqual(Array(40).fill(0));
  expect(await runs(id)).toBeGreaterThan(1);
});

test('a wide plan waits for what is under way before it continues as new', async () => {
  const steps = Array.from({ length: 80 }, (_, n) => set(`c${n}`, n + 1, { dependsOn: n < 20 ? [] : [`c${n - 20}`] }));
  const { id } = await lab.remediations.start(labPlan(steps));
  const result = await lab.remediations.result(id);
  expect(result.outcome).toBe('succeeded');
  expect(world.changes.filter((change) => change.startsWith('c'))).toHaveLength(80);
  expect(await runs(id)).toBeGreaterThan(1);
});
