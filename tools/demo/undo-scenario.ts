import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRegistry } from '../../activities/actions';
import { parsePlan } from '../../plan/parse';
import type { DemoIo } from './demo-io';
import type { DemoRun } from './demo-run';
import type { Kubectl } from './kubectl';

/** A plan of five steps whose last one fails its verification: everything before it is taken back. */
export async function undoScenario(io: DemoIo, run: DemoRun, kubectl: Kubectl, examples: string): Promise<void> {
  io.title('2. A plan that fails is rolled back to the exact earlier state');
  const before = await snapshot(kubectl);
  const parsed = parsePlan(await readFile(join(examples, 'plans', 'make-room-and-drain.yaml'), 'utf8'), {
    actions: createRegistry(),
  });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  io.ok(
    'plan      examples/plans/make-room-and-drain.yaml: scale, raise memory, cordon, drain, and a step that cannot hold',
  );
  const id = await run.start(parsed.plan);
  const result = await run.follow(id);
  await run.showResult(id, result);

  if (result.outcome !== 'rolled_back')
    throw new Error(`expected the outcome rolled_back, got ${result.outcome}: ${result.reason}`);
  const after = await snapshot(kubectl);
  for (const [what, value] of Object.entries(before)) {
    if (after[what] !== value)
      throw new Error(`kubectl sees ${what} ${after[what]}, but it was ${value} before the plan`);
    io.ok(`kubectl agrees: ${what} is ${value || '(not set)'}, as before`);
  }
}

/** What the plan changes, as kubectl sees it. */
async function snapshot(kubectl: Kubectl): Promise<Record<string, string>> {
  const resources = '{.spec.template.spec.containers[0].resources}';
  return {
    'replicas of shop/web': await kubectl.value('deployment/web', 'shop', '{.spec.replicas}'),
    'replicas of shop/checkout': await kubectl.value('deployment/checkout', 'shop', '{.spec.replicas}'),
    'resources of shop/checkout': await kubectl.value('deployment/checkout', 'shop', resources),
    'unschedulable of node-2': await kubectl.value('node/node-2', 'default', '{.spec.unschedulable}'),
  };
}
