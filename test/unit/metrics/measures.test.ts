import { decide } from '../../../plan/core/decide';
import { initialState } from '../../../plan/core/initial';
import { runContext, type RunEvent, type RunState } from '../../../plan/core/state';
import type { Measure } from '../../../plan/measure';
import { measuresOf } from '../../../plan/measures-of';
import type { RemediationPlan } from '../../../plan/model';
import type { Validation } from '../../../plan/step-io';
import { actions, plan, step } from '../core/world';

type Event = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

const preview: Validation = { before: 1, diff: [], warnings: [], summary: 's', noEffect: false };
const effect = { changed: true, summary: 's', data: {} };
const evidence = { verified: true, summary: 's', data: {} };
const problem = { code: 'UNAVAILABLE', message: 'm' };

/** A run that can be told what happens, and what each event measured. */
function begin(of: RemediationPlan) {
  const run = runContext(of, actions);
  let state: RunState = initialState(run);
  const take = (at: number, event: Event): Measure[] => {
    const full = { ...event, at } as RunEvent;
    const before = state;
    state = decide(run, before, full).state;
    return measuresOf({ run, event: full, before, after: state, startedAt: 0 });
  };
  return { take, state: () => state };
}

const labels = { action: 'scale', executor: 'test', cluster: 'c' };
const phase = (name: string, result: string) => ({ type: 'phase', phase: name, result, ...labels });

describe('What one event of a run adds to the metrics', () => {
  test('a run that goes well measures each phase and its end once', () => {
    const { take } = begin(plan([step('a')]));
    expect(take(0, { type: 'started' })).toEqual([{ type: 'started', dryRun: false }]);
    expect(take(1000, { type: 'validated', step: 'a', validation: preview })).toEqual([phase('validate', 'ok')]);
    expect(take(2000, { type: 'executed', step: 'a', effect })).toEqual([phase('execute', 'ok')]);
    expect(take(3000, { type: 'verified', step: 'a', evidence })).toEqual([
      phase('verify', 'ok'),
      { type: 'ended', outcome: 'succeeded', dryRun: false, seconds: 3 },
    ]);
    expect(take(4000, { type: 'abort', by: 'ann' })).toEqual([]);
  });

  test.each(['validate', 'execute', 'verify'] as const)('a failed %s is measured under its own phase', (failing) => {
    const { take } = begin(plan([step('a')], { rollbackStrategy: 'none' }));
    take(0, { type: 'started' });
    if (failing !== 'validate') take(1, { type: 'validated', step: 'a', validation: preview });
    if (failing === 'verify') take(2, { type: 'executed', step: 'a', effect });
    expect(take(3, { type: 'failed', step: 'a', problem })).toContainEqual(phase(failing, 'UNAVAILABLE'));
  });

  test('a rollback is measured by its result, and the run by its outcome', () => {
    const { take } = begin(plan([step('a')]));
    take(0, { type: 'started' });
    take(1, { type: 'validated', step: 'a', validation: preview });
    take(2, { type: 'executed', step: 'a', effect });
    take(3, { type: 'verified', step: 'a', evidence: { ...evidence, verified: false } });
    expect(take(500, { type: 'undone', step: 'a', effect })).toEqual([
      phase('rollback', 'ok'),
      { type: 'ended', outcome: 'rolled_back', dryRun: false, seconds: 0.5 },
    ]);
  });

  test('an approval is measured when it is asked for and once it ends, with the time that it took', () => {
    const approval = { required: true, deadline: '60m', remindEvery: '15m', quorum: 2 };
    const { take, state } = begin(plan([step('a')], { approval }));
    take(0, { type: 'started' });
    expect(take(1000, { type: 'validated', step: 'a', validation: preview })).toContainEqual({
      type: 'approval_requested',
      subject: 'plan',
    });
    const { digest } = state().approvals[0]!;
    // The first of two: nothing has ended yet.
    expect(take(2000, { type: 'approve', by: 'ann', digest })).toEqual([]);
    expect(take(61_000, { type: 'approve', by: 'bob', digest })).toEqual([
      { type: 'approval_ended', subject: 'plan', decision: 'approved', seconds: 60 },
    ]);
  });

  test.each([
    [{ type: 'reject', by: 'ann' }, 'rejected', 'rejected'],
    [{ type: 'approval_expired', key: 'plan' }, 'expired', 'expired'],
    [{ type: 'abort', by: 'ann' }, 'withdrawn', 'aborted'],
  ] as const)('%j ends an approval as %s', (event, decision, outcome) => {
    const approval = { required: true, deadline: '60m', remindEvery: '15m' };
    const { take } = begin(plan([step('a')], { approval }));
    take(0, { type: 'started' });
    take(0, { type: 'validated', step: 'a', validation: preview });
    expect(take(5000, event)).toEqual([
      { type: 'approval_ended', subject: 'plan', decision, seconds: 5 },
      { type: 'ended', outcome, dryRun: false, seconds: 5 },
    ]);
  });

  test('no measure holds a name of a target or a person', () => {
    const { take } = begin(plan([step('very-own-name')]));
    const all = [
      take(0, { type: 'started' }),
      take(1, { type: 'validated', step: 'very-own-name', validation: preview }),
      take(2, { type: 'abort', by: 'ann-the-admin' }),
    ];
    expect(JSON.stringify(all)).not.toMatch(/very-own-name|ann-the-admin/);
  });
});
