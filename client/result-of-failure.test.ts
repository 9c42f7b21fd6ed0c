import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import type { RemediationResult } from '../plan/outcome';
import type { RemediationStatus } from '../plan/steering';
import { exitCodeOfResult } from './cli/exit-codes';
import { resultOfFailure, resultWithoutOutcome } from './result-of-failure';

const result: RemediationResult = {
  ...{ outcome: 'rolled_back', reason: 'r', dryRun: false, steps: [], undone: [], left: [], problems: [] },
};
const status = {
  phase: 'running',
  steps: [
    { id: 'a', action: 'x', status: 'succeeded', summary: 'did a' },
    { id: 'b', action: 'x', status: 'executing' },
    { id: 'c', action: 'x', status: 'pending' },
  ],
  ...{ approvals: [], left: [], problems: [] },
} satisfies RemediationStatus;

test('the result of a run that failed or was cancelled is in its failure', () => {
  const failure = ApplicationFailure.create({ type: 'rolled_back', details: [result] });
  expect(resultOfFailure(failure)).toBe(result);
  expect(resultOfFailure(new CancelledFailure('c', [result]))).toBe(result);
  expect(resultOfFailure(new TerminatedFailure('t'))).toBeUndefined();
});

test('a terminated run names every step that may have acted as left behind', () => {
  const made = resultWithoutOutcome(new TerminatedFailure('by hand'), status);
  expect(made).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('by hand') });
  expect(made.left.map(({ step }) => step)).toEqual(['a', 'b']);
  expect(exitCodeOfResult(made)).toBe(7);
});

test('without a worker to ask, it is said that nothing is known', () => {
  expect(resultWithoutOutcome(new TimeoutFailure('t', undefined, 'START_TO_CLOSE'), undefined).left).toHaveLength(1);
});

test('an outcome that the run itself reached wins over how its workflow closed', () => {
  const own = { ...status, outcome: 'aborted', reason: 'asked to' } as const;
  const made = resultWithoutOutcome(new CancelledFailure('c'), own);
  expect(made).toMatchObject({ outcome: 'aborted', reason: 'asked to', left: [], problems: [] });
});

test.each([
  ['succeeded', 0],
  ['no_effect', 0],
  ['rolled_back', 5],
  ['aborted', 5],
  ['failed', 5],
  ['rejected', 6],
  ['expired', 6],
  ['blocked', 6],
  ['rollback_failed', 7],
] as const)('%s ends with exit code %i', (outcome, code) => {
  expect(exitCodeOfResult({ ...result, outcome })).toBe(code);
});

test('anything left behind ends with 7; a dry run that fails with 6', () => {
  const left = [{ step: 'a', summary: 's', why: 'w' }];
  expect(exitCodeOfResult({ ...result, left })).toBe(7);
  expect(exitCodeOfResult({ ...result, outcome: 'failed', dryRun: true })).toBe(6);
});
