import { decide } from '../../../plan/core/decide';
import { initialState } from '../../../plan/core/initial';
import { runContext, type Command, type RunEvent, type RunState } from '../../../plan/core/state';
import type { Step } from '../../../plan/model';
import { actions, plan, step } from './world';

type Event = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

/** A run that is told everything by hand. */
class Run {
  private readonly context;
  state: RunState;
  commands: Command[] = [];
  reply: { accepted: boolean; message: string } | undefined;

  constructor(steps: Step[]) {
    this.context = runContext(plan(steps), actions, { revision: 2 });
    this.state = initialState(this.context);
    this.tell({ type: 'started' });
    for (const { id } of steps) this.validated(id);
  }

  tell(event: Event): this {
    const decision = decide(this.context, this.state, { ...event, at: 1000 });
    this.state = decision.state;
    this.commands = decision.commands;
    this.reply = decision.reply;
    return this;
  }

  validated(id: string, after = 2): this {
    const diff = [{ path: '/spec/replicas', before: 1, after }];
    const validation = { before: {}, diff, warnings: [], summary: id, noEffect: false };
    return this.tell({ type: 'validated', step: id, validation });
  }

  failed(id: string): this {
    return this.tell({ type: 'failed', step: id, problem: { code: 'UNAVAILABLE', message: 'no answer' } });
  }

  undone(id: string): this {
    return this.tell({ type: 'undone', step: id, effect: { changed: true, summary: 'back', data: {} } });
  }

  succeeded(id: string): this {
    this.tell({ type: 'executed', step: id, effect: { changed: true, summary: 'done', data: {} } });
    return this.tell({ type: 'verified', step: id, evidence: { verified: true, summary: 'seen', data: {} } });
  }

  status(id: string): string {
    return this.state.steps[id]!.status;
  }
}

const by = 'ann';
const two = () => new Run([step('a'), step('b', { dependsOn: ['a'] })]);

test('while a run is paused, what is under way ends and nothing new starts', () => {
  const run = two().tell({ type: 'pause', by, reason: 'looking' });
  expect(run.reply).toEqual({ accepted: true, message: 'no step starts until it is resumed: looking' });
  expect(run.succeeded('a').commands).toEqual([]);
  expect([run.status('a'), run.status('b')]).toEqual(['succeeded', 'pending']);
  expect(run.tell({ type: 'resume', by }).commands).toEqual([{ type: 'execute', step: 'b' }]);
});

test('a second pause, a resume of nothing and the wrong way back are refused, with the reason', () => {
  const run = two();
  expect(run.tell({ type: 'resume', by }).reply?.message).toBe('the remediation is not paused');
  run.tell({ type: 'pause', by });
  expect(run.tell({ type: 'pause', by: 'bob' }).reply?.message).toBe('ann has paused it already');
  expect(run.tell({ type: 'resume', by, handBack: true }).reply?.message).toMatch(/paused, not taken over/);
  expect(run.tell({ type: 'pause', by: 'bob', takeOver: true }).reply?.accepted).toBe(true);
  expect(run.tell({ type: 'resume', by }).reply?.message).toMatch(/bob has taken it over/);
  expect(run.state.facts.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['resume_refused', 'pause_refused', 'hand_back_refused']),
  );
});

test('a step that fails while a person works by hand undoes nothing; after the hand-back every step is previewed anew', () => {
  const run = two().tell({ type: 'pause', by, takeOver: true });
  expect(run.failed('a').commands).toEqual([]);
  expect(run.status('a')).toBe('awaiting_decision');
  run.tell({ type: 'skip', by, step: 'a', reason: 'done by hand' });
  expect(run.tell({ type: 'resume', by, handBack: true }).commands).toEqual([{ type: 'validate', step: 'b' }]);
});

test('a skipped step is left out and the others go on; one that runs or has ended cannot be skipped', () => {
  const run = two();
  expect(run.tell({ type: 'skip', by, step: 'a' }).reply?.message).toBe('step a is executing: too late to skip it');
  expect(run.tell({ type: 'skip', by, step: 'x' }).reply?.message).toBe('there is no step x; there are a, b');
  run.tell({ type: 'skip', by, step: 'b' }).succeeded('a');
  expect(run.state.outcome).toBe('succeeded');
  expect(run.status('b')).toBe('skipped');
});

describe('a step that fails and says onFailure: ask', () => {
  const asking = () => new Run([step('a', { onFailure: 'ask' }), step('b', { dependsOn: ['a'] })]).failed('a');

  it('waits for a person, and the plan with it', () => {
    const run = asking();
    expect(run.commands).toEqual([]);
    expect(run.state.approvals).toMatchObject([{ subject: { kind: 'decision', step: 'a' } }]);
    expect(run.tell({ type: 'approve', by, digest: run.state.approvals[0]!.digest }).reply?.message).toMatch(
      /^step a has failed: retry it, skip it, reject/,
    );
  });

  it('is tried again from the state before it: taken back, previewed, executed', () => {
    const run = asking().tell({ type: 'retry', by, step: 'a' });
    expect(run.commands).toEqual([{ type: 'undo', step: 'a' }]);
    expect(run.undone('a').commands).toEqual([{ type: 'validate', step: 'a' }]);
    expect(run.validated('a').commands).toEqual([{ type: 'execute', step: 'a' }]);
    expect(run.state.steps['a']).toMatchObject({ attempt: 2, acted: 'unknown' });
    run.succeeded('a').succeeded('b');
    expect(run.state.result).toMatchObject({ outcome: 'succeeded', undone: [], left: [] });
  });

  it('with other params runs only after somebody has approved the new preview', () => {
    const run = asking().tell({ type: 'retry', by, step: 'a', params: { replicas: 5 } });
    run.undone('a').validated('a', 5);
    expect(run.commands).toEqual([]);
    const [approval] = run.state.approvals;
    expect(approval).toMatchObject({ subject: { kind: 'step', step: 'a' }, why: 'ann has changed its params' });
    run.tell({ type: 'approve', by: 'bob', digest: approval!.digest });
    expect(run.commands).toEqual([{ type: 'execute', step: 'a' }]);
    expect(run.state.steps['a']?.params).toEqual({ replicas: 5 });
  });

  it('that cannot be taken back is not tried again: the plan is undone, and the rest is named', () => {
    const run = asking().tell({ type: 'retry', by, step: 'a' });
    run.tell({ type: 'undo_failed', step: 'a', problem: { code: 'UNDO_CONFLICT', message: 'changed by jo' } });
    expect(run.state.result).toMatchObject({ outcome: 'rollback_failed', left: [{ step: 'a' }] });
  });

  it('skipped, leaves its effect named; rejected, ends the plan as its strategy says', () => {
    const skipped = asking().tell({ type: 'skip', by, step: 'a' }).succeeded('b');
    expect(skipped.state.result).toMatchObject({ outcome: 'succeeded', left: [{ step: 'a' }] });
    const rejected = asking().tell({ type: 'reject', by, reason: 'enough' });
    expect(rejected.commands).toEqual([{ type: 'undo', step: 'a' }]);
    expect(rejected.undone('a').state.result).toMatchObject({ outcome: 'rolled_back', undone: ['a'] });
  });

  it('without an answer until the deadline ends the plan as well', () => {
    const run = asking().tell({ type: 'approval_expired', key: 'decision:a' }).undone('a');
    expect(run.state.result?.reason).toMatch(/^step a failed: no answer; nobody decided about decision:a until/);
  });

  it('of an irreversible action names what each attempt has left', () => {
    const run = new Run([step('a', { action: 'restart', onFailure: 'ask' })]).failed('a');
    run.tell({ type: 'retry', by, step: 'a' }).validated('a').succeeded('a');
    expect(run.state.result).toMatchObject({ outcome: 'succeeded', left: [{ step: 'a', attempt: 1 }] });
  });
});

test('what nobody needs any more is withdrawn as long as no step has begun, and then left to its end', () => {
  const approval = { required: true, deadline: '60m', remindEvery: '15m' };
  const waits = new Run([step('a', { approval })]).tell({ type: 'abort', by, unlessBegun: true });
  expect(waits.state).toMatchObject({ phase: 'ended', outcome: 'aborted' });
  const begun = two().tell({ type: 'abort', by, unlessBegun: true });
  expect(begun.reply).toEqual({ accepted: false, message: 'step a has begun' });
  expect(begun.succeeded('a').succeeded('b').state.outcome).toBe('succeeded');
});

test('nothing can be steered before the plan runs, or when it is stopping', () => {
  const run = new Run([step('a', { onFailure: 'rollback' })]);
  run.failed('a');
  expect(run.tell({ type: 'pause', by }).reply?.message).toMatch(/^the remediation is already stopping/);
  expect(run.tell({ type: 'retry', by, step: 'a' }).reply?.message).toMatch(/already stopping/);
});
