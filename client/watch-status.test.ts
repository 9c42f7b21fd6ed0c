import type { RemediationResult } from '../plan/outcome';
import type { RemediationStatus, RunPhase } from '../plan/steering';
import { watchStatus } from './watch-status';

const status = (phase: RunPhase): RemediationStatus => ({ phase, steps: [], approvals: [], left: [], problems: [] });
const result: RemediationResult = {
  ...{ outcome: 'failed', reason: 'terminated', dryRun: false, steps: [], undone: [], left: [], problems: [] },
};
const never = new Promise<never>(() => undefined);

async function phases(source: Parameters<typeof watchStatus>[0]): Promise<string[]> {
  const seen: string[] = [];
  for await (const each of watchStatus({ intervalMs: 1, ...source })) seen.push(each.outcome ?? each.phase);
  return seen;
}

test('yields each status once and stops when the run has ended', async () => {
  const answers = [...(['preparing', 'preparing', 'running', 'running', 'ended'] as const)];
  expect(await phases({ status: async () => status(answers.shift()!), ended: () => never })).toEqual([
    ...['preparing', 'running', 'ended'],
  ]);
});

test('a run that was terminated ends the watching with what its result says', async () => {
  expect(await phases({ status: async () => status('running'), ended: async () => result })).toEqual([
    ...['running', 'failed'],
  ]);
});

test('the last status is the result’s when the worker has gone', async () => {
  let asked = 0;
  const ask = async (): Promise<RemediationStatus> => {
    if (asked++ > 0) throw new Error('no worker');
    return status('running');
  };
  expect(await phases({ status: ask, ended: async () => result })).toEqual(['running', 'failed']);
});

test('abort ends it with the reason of the signal', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('enough')), 20);
  const watched = phases({ status: async () => status('running'), ended: () => never, signal: stop.signal });
  await expect(watched).rejects.toThrow('enough');
});
