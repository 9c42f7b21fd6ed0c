import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { bundleWorkflows } from '../setup/bundle-workflows';

/**
 * Histories of real runs, recorded once and kept: today's workflow code must still take every one of them the way it went,
 * or runs that are under way when it is deployed would stand still. See CONTRIBUTING.md; never record one anew to make this pass.
 */
const folder = join(__dirname, 'histories');
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
let code: string;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  code = (await bundleWorkflows())!;
});

function history(file: string) {
  return historyFromJSON(JSON.parse(readFileSync(join(folder, file), 'utf8')));
}

test('there are histories of every way a run can go', () => {
  expect(files.length).toBeGreaterThanOrEqual(8);
});

test('the bundle brings neither zod nor yaml along: documents are read in activities', () => {
  // Module paths stand in the bundle's headers.
  expect(code).toMatch(/node_modules\/@noble\/hashes\//);
  expect(code).not.toMatch(/node_modules\/(zod|yaml)\//);
});

test('the bundle evaluates workflows and interceptors before there is a run', () => {
  const [, preloaded] = /exports\.preloadModules = function preloadModules\(\) \{\n([^}]*)\}/.exec(code)!;
  expect(preloaded).toContain('workflows/index.ts');
  expect(preloaded).toContain('workflows/tracing.ts');
});

test.each(files)('%s replays', async (file) => {
  const recorded = history(file);
  // Ids of sub-plans begin with that of the run.
  const id = recorded.events![0]!.workflowExecutionStartedEventAttributes!.workflowId || `golden/${file}`;
  const replay = Worker.runReplayHistory({ workflowBundle: { code } }, recorded, id);
  await expect(replay).resolves.toBeUndefined();
});

test('a history that today’s code would not take is noticed', async () => {
  const broken = history(files[0]!);
  const scheduled = broken.events!.find((event) => event.activityTaskScheduledEventAttributes);
  scheduled!.activityTaskScheduledEventAttributes!.activityType = { name: 'other.execute' };
  const replay = Worker.runReplayHistory({ workflowBundle: { code } }, broken, 'golden/broken');
  await expect(replay).rejects.toThrow(/activity/i);
});
